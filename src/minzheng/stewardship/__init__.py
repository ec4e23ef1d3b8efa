"""Stewardship (数据管理): what the centre's staff do all day with what was brought in (plan A 四(一)3).

Each part is an app of its own and imports no other: ``signals`` 业务协同, ``quality`` 质量监测评估, ``review`` 待核处置,
``compare`` 名单比对, ``lookup`` 综合查询, ``resources`` 目录配置与接口监控. They look at batches through ``exchange.following``;
rooms above declare to them, and they name no room.
"""
