"""The pages of sources that the node fetches by itself (来源接入)."""
