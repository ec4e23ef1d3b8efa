"""Pages of the return of data to lower levels (数据回流页面)."""
