"""The pages of the catalogue and of the feeds (资源目录与接口监控)."""
