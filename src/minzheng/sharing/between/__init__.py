"""Between nodes (节点间交换): signed batches from outbox to inbox, pulled by the lower node, acknowledged after commit."""
