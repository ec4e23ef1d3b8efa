"""The views of the standards, one file a subject (标准规范视图)."""
