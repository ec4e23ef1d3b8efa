"""The exchange engine (换): source → extract → clean → match → load → distribute.

Stages hand over through storage and each can be run again; ``flow.py`` names them in order. Rooms declare feeds in
their ``feeds.py``; the engine finds them and never names a room.
"""
