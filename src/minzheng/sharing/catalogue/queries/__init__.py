"""What is asked of the catalogue (目录查询)."""
