"""The views of grants (授信视图)."""
