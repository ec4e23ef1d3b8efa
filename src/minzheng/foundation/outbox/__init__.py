"""The outbox (发件箱): what changed, for whom, written in the transaction that changed it.

Here the case flow ends and the data flow begins. One entry names many subjects of one division, so that a bulk load
of a million rows writes a few thousand entries and not a million.
"""
