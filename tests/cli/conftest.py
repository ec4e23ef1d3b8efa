"""Nodes of processes, to be started and stopped as their users do."""

from tests.node import make_apart, standards_of_this_run, transactional_db

__all__ = ["make_apart", "standards_of_this_run", "transactional_db"]
