"""What the engine keeps of each batch (批次的表)."""

from minzheng.exchange.models.batch import Batch, LoadedChunk
from minzheng.exchange.models.quarantine import QuarantinedRow
from minzheng.exchange.models.review import ReviewItem

__all__ = ["Batch", "LoadedChunk", "QuarantinedRow", "ReviewItem"]
