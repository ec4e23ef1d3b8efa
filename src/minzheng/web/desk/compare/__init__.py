"""The pages of list comparison (名单比对页面)."""
