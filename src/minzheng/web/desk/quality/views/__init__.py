"""The views of quality, one file a subject (数据质量视图)."""
