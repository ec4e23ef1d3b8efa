"""Comparing needs a home, not a database; what is audited asks for one."""

from tests.node import standards_of_this_run, transactional_db

__all__ = ["standards_of_this_run", "transactional_db"]
