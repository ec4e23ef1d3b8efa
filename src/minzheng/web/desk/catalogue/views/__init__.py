"""The views of the catalogue (资源目录视图)."""
