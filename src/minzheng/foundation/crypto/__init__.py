"""Ciphers at rest (存储加密): SM4 for whole columns, blind indexes for equality search, keys outside the database."""
