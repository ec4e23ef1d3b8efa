"""Alarms (告警): declared as data, raised and cleared with hysteresis, acknowledged by a person."""
