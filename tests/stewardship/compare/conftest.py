"""Comparing needs a home, not a database; what writes asks for one by mark."""

from tests.packs import small_packs, standards

__all__ = ["small_packs", "standards"]
