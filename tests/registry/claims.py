"""Bringing files in on a chosen day, and what the register then says."""

import io
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from minzheng.exchange import services
from minzheng.foundation.access.scope import Scope
from minzheng.registry.queries import person_record
from minzheng.registry.reading import PersonRecord

HERE = ZoneInfo("Asia/Shanghai")
WHOLE = Scope.system("330000")
MARRIAGE = (
    "登记类型", "登记证字号", "登记机关区划", "登记日期", "男方姓名", "男方公民身份号码", "女方姓名", "女方公民身份号码",
)  # fmt: skip


def moment(text: str) -> datetime:
    """``2026-03-05 09:30`` on the wall."""
    return datetime.fromisoformat(text).replace(tzinfo=HERE)


def bring(feed: str, text: str, at: str, *, source: str | None = None) -> UUID:
    """Bring a file in as if it had come at that moment; returns the batch."""
    batch = services.run(
        services.receive(
            feed, io.BytesIO(text.encode()), name="文件.csv", source=source, by=None, at=moment(at)
        )
    )
    assert (batch.stage, batch.counts["quarantined"]) == ("finished", 0), batch.problem
    return batch.id


def record_of(person_id: UUID, *, known_on: str | None = None, reveal: bool = True) -> PersonRecord:
    day = moment(known_on).date() if known_on else None
    found = person_record(WHOLE, person_id, known_on=day, reveal=reveal)
    assert found is not None
    return found


def value(record: PersonRecord, attribute: str) -> str:
    return next(a.value for a in record.attributes if a.attribute == attribute)
