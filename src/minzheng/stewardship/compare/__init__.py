"""Comparing any two lists (名单比对), with or without ID numbers."""
