"""The door between nodes (节点间接口): who calls is another node; pages and people have no part in it."""
