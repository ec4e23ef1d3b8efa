"""Watching the exchange (交换监控): streams, lag, refusals, alarms, the state of every node and road."""
