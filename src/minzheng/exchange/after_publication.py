"""What waits for a decision lies on the desk of the division it belongs to now (待核随区划)."""

from minzheng.registry.divisions import moves_with_land

moves_with_land("exchange_reviewitem")
