"""Words the templates use (模板标签)."""
