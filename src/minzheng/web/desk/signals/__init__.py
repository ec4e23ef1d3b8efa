"""Pages of signals (线索): the worklist, one signal with its records, decisions, the export."""
