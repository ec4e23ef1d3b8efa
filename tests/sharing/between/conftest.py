"""Nodes of processes, for tests between them."""

from tests.node import make_apart, standards_of_this_run, transactional_db

__all__ = ["make_apart", "standards_of_this_run", "transactional_db"]
