"""The desk's pages of grants (授信管理页面): applications, grants and their uses, systems, and where calls are tried."""
