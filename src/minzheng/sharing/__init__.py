"""Sharing (共享交换): what leaves this node and what reaches it from others (plan A 四(一)2, plan B 四(三)).

Each part is an app of its own. From the ground up: ``catalogue`` 资源目录 says what there is; ``grants`` 授信 who may have which
fields of it, and counts every use; on them stand ``interfaces`` 应用接口, ``parcels`` 电子报文 and ``subscriptions`` 订阅推送,
which know nothing of each other. ``between`` 节点间交换 carries whole records between province, city and county by 属地 and
rests on the registry and the outbox alone. ``watching`` 交换监控 looks at all of them, and none knows it.
"""
