"""Review (待核处置): rows whose person is uncertain, and links that were wrong."""
