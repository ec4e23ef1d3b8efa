"""The standards in force, and the node, for what the rooms declare."""

from tests.node import make_apart, node, standards_of_this_run, transactional_db

__all__ = ["make_apart", "node", "standards_of_this_run", "transactional_db"]
