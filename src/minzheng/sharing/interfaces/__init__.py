"""Interfaces for other departments (应用接口): look one up, check a claim, check a batch, changes since."""
