"""The review desk (待核处置): rows that wait, pairs side by side, splitting and joining, the second pair of eyes."""
