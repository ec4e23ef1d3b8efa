"""Views of list comparison (名单比对)."""
