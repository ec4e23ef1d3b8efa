"""What is asked of watching (交换监控查询): within the scope."""
