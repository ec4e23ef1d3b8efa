"""The views, one file a subject (视图)."""
