"""Interfaces for other departments (应用接口): look one up, check a claim, check a batch, changes since.

``answers`` makes what is said under a grant, ``batches`` does it for many by a job, ``openapi`` describes it from the standard,
``sealing`` proves afterwards what was answered. The door that speaks HTTP is ``web.machine``.
"""
