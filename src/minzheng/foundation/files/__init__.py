"""The auxiliary library (辅助资料库): files stored once by their SM3 hash, encrypted, checked for type and size."""
