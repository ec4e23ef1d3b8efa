"""What the engine keeps of each batch and of the databases it reads (批次与来源库的表)."""

from minzheng.exchange.models.batch import Batch, LoadedChunk
from minzheng.exchange.models.database_source import DatabaseSource
from minzheng.exchange.models.intake import AllowedPlace, Intake, IntakeFile
from minzheng.exchange.models.quarantine import QuarantinedRow
from minzheng.exchange.models.review import ReviewItem

__all__ = [
    "AllowedPlace",
    "Batch",
    "DatabaseSource",
    "Intake",
    "IntakeFile",
    "LoadedChunk",
    "QuarantinedRow",
    "ReviewItem",
]
