"""What is asked of the catalogue and of feeds (目录与接口查询)."""
