"""Signals lie on the desk of the division that their persons belong to (线索随区划)."""

from minzheng.registry.divisions import moves_with_land

moves_with_land("signals_signal")
