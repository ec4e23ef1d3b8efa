"""Pages of looking things up (综合查询): one search, and the pages of households, organisations and places."""
