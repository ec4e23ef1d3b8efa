"""The pages of quality (数据质量页面): figures, failing rows, tickets, the monthly report."""
