"""The desk (工作台): the pages on which officials bring files in, look people up and read the standards."""
