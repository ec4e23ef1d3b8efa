"""Accounts on the desk (账号管理): who may come in, how far each sees, which role opens which page."""
