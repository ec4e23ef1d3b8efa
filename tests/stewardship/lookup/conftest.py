"""The node the tests bring files into."""

from tests.node import make_apart, node, standards_of_this_run, transactional_db

__all__ = ["make_apart", "node", "standards_of_this_run", "transactional_db"]
