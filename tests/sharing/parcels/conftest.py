"""Nodes and departments that send parcels to each other, all played by the node under test."""

from tests.node import node, standards_of_this_run, transactional_db
from tests.sharing.parcels.partners import play

__all__ = ["node", "play", "standards_of_this_run", "transactional_db"]
