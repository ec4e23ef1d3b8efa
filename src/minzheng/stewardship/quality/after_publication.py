"""Whoever answers for a county's rows answers for its open tickets (工单随区划)."""

from minzheng.registry.divisions import moves_with_land

moves_with_land("quality_ticket")
