"""Figures, each with its baseline measured in the same run (性能基准). They inform; they never fail CI."""
