"""Grants (授信管理): who may have which fields and rows of a resource, why and until when; every use is counted.

民政数据管理办法 as a process: a department asks (申请), who answers for the rows decides within the limit, and what is
agreed is a grant (授权) to one system of the department (接入系统). What no grant allows is refused. ``granted`` reads a data
set as a grant lets it be seen, for every way out that stands on this box.
"""
