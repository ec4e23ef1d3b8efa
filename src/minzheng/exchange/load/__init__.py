"""Load (入库): one chunk, one transaction; what it changed, its outbox entries and its counts commit together."""
