"""Fixtures of the pages: a browser, an official, the standards."""

from tests.browser import chromium, officer, open_page
from tests.packs import small_packs, standards

__all__ = ["chromium", "officer", "open_page", "small_packs", "standards"]
