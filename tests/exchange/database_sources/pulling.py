"""A table of another system, entered as a source and pulled (抽取)."""

import csv
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.utils import timezone
from tests.exchange.database_sources.servers import Server
from tests.exchange.numbers import number

from minzheng.exchange import services, sources
from minzheng.exchange.extract.database import changes
from minzheng.exchange.extract.database.reached import Watermark
from minzheng.exchange.models import DatabaseSource
from minzheng.registry.models import Person
from minzheng.standards.queries import data_set

COLUMNS = {"姓名": "xm", "公民身份号码": "sfzh", "户籍区划": "qh", "联系电话": "dh", "出生日期": "csrq"}
RARE = "㐂𠮷𬎆"


def make_table(server: Server) -> None:
    server.run(
        "DROP TABLE IF EXISTS rk",
        f"CREATE TABLE rk (id bigint PRIMARY KEY, xm varchar(50), sfzh varchar(18), qh varchar(12), "
        f"dh varchar(20), csrq date, bz text, gxsj {server.time_type} NULL)",
        "CREATE INDEX rk_gxsj ON rk (gxsj, id)",
    )


def put(server: Server, *people) -> None:
    """(id, name, changed at) of people; the rest follows from the id."""
    rows = [(i, name, number(i), "330106", None, None, "备注", at) for i, name, at in people]
    server.fill("INSERT INTO rk VALUES (%s, %s, %s, %s, %s, %s, %s, %s)", rows)


def entered(server: Server, **changes) -> DatabaseSource:
    given = {"table": "rk", "key_columns": ["id"], "time_column": "gxsj", "columns": COLUMNS} | changes
    return sources.add("市人口库", feed="persons", url=server.url, by=None, at=timezone.now(), **given)


def pull(source: DatabaseSource, **options) -> dict:
    pulled = sources.pull(source, by=None, at=timezone.now(), **options)
    report = services.report(pulled.batch) if pulled.batch else dict.fromkeys(("read", "created"), 0)
    source.refresh_from_db()
    return report


def outcome(report: dict) -> tuple[int, ...]:
    return tuple(report[name] for name in ("read", "created", "updated", "unchanged"))


def minutes_ago(n: float) -> datetime:
    return (datetime.now(UTC) + timedelta(hours=8) - timedelta(minutes=n)).replace(tzinfo=None)


def names() -> set[str]:
    return set(Person.objects.values_list("name", flat=True))


def written(
    server: Server, folder: Path, table: str | None, key: tuple[str, ...], time: str | None, query=None
) -> list[dict]:
    """What a pull writes for the data flow, read back."""
    origin = changes.Origin(table, query, {}, key, time, timedelta(0))
    target = folder / "out.csv"
    with changes.open_session(sources.parse_url(server.url)) as session:
        found = changes.find_columns(session, origin, data_set("persons"))
        changes.write_changes(session, origin, found, Watermark(), target, lambda *_: None)
    with target.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
