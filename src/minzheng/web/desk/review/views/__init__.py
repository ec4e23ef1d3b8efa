"""The pages of the review desk (待核处置页面)."""
