"""The register (册): persons, households, organisations and places that every business shares (基础数据库).

A *claim* (来源主张) is what one record of one source says about a person or organisation: who it means (the link, with
the rule that made it), what it says (the attribute values), from when it holds (valid time) and when we came to know it
(recorded time). Claims are never changed, only closed and followed by new ones. The golden row is computed from them:
each attribute from the most authoritative source, then the newest.
"""
