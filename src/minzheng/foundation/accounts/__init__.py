"""Accounts (账号): who may log in, with which roles, in which division, up to which data level."""
