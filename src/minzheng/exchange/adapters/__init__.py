"""The adapters (适配器), one file each; every file here, and in the folders ``MINZHENG_ADAPTERS`` names, is found at start.

How to add one: ``docs/howto/add-an-adapter.md``.
"""
