"""Nodes of processes that watch, pages and a browser."""

from tests.browser import chromium, open_page
from tests.node import make_apart, node, standards_of_this_run, transactional_db

__all__ = ["chromium", "make_apart", "node", "open_page", "standards_of_this_run", "transactional_db"]
