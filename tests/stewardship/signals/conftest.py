"""A node to bring files into."""

from tests.node import node, standards_of_this_run, transactional_db

__all__ = ["node", "standards_of_this_run", "transactional_db"]
