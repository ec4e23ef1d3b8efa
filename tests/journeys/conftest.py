"""Fixtures of the pages: a browser, an official."""

from tests.browser import chromium, officer, open_page

__all__ = ["chromium", "officer", "open_page"]
