"""Databases as sources (来源库): what changed since the last pull, in pages, in the server's own words.

Nothing here writes: a session is one read-only transaction, so that every row is seen once, as of one moment.
"""
