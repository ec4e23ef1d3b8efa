"""Looking things up (综合查询): one search over every register and business, saved and exported."""
