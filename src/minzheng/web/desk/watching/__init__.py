"""Pages of watching the exchange (交换监控页面)."""
