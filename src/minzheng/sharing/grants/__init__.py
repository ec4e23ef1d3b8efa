"""Grants (授信管理): who may have which fields and rows of a resource, why and until when; every use is counted."""
