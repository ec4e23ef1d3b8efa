"""Rows or tables pulled from an interface over HTTP (HTTP 接口)."""

import csv
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from minzheng.exchange.errors import IntakeError
from minzheng.exchange.intake.declare import Adapter, Field, Reached, Received, Settings, Work, adapter
from minzheng.exchange.intake.interface import Interface
from minzheng.exchange.intake.json_rows import at_path, cell, columns_of, parse_columns, pick
from minzheng.exchange.intake.later import USUAL, clock, earlier, latest, write
from minzheng.exchange.intake.web import (
    HttpStatusError,
    Web,
    check_url,
    place_of,
)

CHUNK_ROWS = 20_000
PAGINGS = (
    ("none", "不分页"),
    ("page", "页码"),
    ("offset", "起始行"),
    ("cursor", "游标"),
    ("link", "下一页地址"),
)


@adapter
class HttpAdapter(Adapter):
    """An interface that gives JSON rows, or a CSV, page by page (HTTP 接口)."""

    key, label = "http", "HTTP 接口"
    about = "按页调用对方的接口，取 JSON 或 CSV，只取上次以来的变化。"
    fields = (
        Field("url", "接口地址", required=True, group="地址", address=True,
              help="主机须在允许访问的地址之内；固定的参数写在地址里。"),
        Field("method", "方式", "choice", default="GET", group="地址",
              choices=(("GET", "GET"), ("POST", "POST（参数放在 JSON 里）"))),
        Field("ca", "根证书", "lines", group="地址", help="对方用专用证书的，填其根证书（PEM）。"),
        Field("auth", "认证", "choice", default="none", group="认证",
              choices=(("none", "不用"), ("header", "请求头中的令牌"), ("oauth2", "OAuth2 客户端凭据"))),
        Field("header_name", "请求头", default="Authorization", group="认证"),
        Field("header_value", "令牌", "secret", group="认证", help="请求头的全部内容，例如“Bearer …”。"),
        Field("token_url", "令牌地址", group="认证", address=True),
        Field("client_id", "客户端标识", group="认证"),
        Field("client_secret", "客户端密钥", "secret", group="认证"),
        Field("scope", "授权范围", group="认证"),
        Field("format", "内容", "choice", default="json", group="内容", choices=(("json", "JSON"), ("csv", "CSV"))),
        Field("rows", "行的位置", group="内容",
              help="从 JSON 根部到行数组的路径，用点隔开，例如 data.list；根部就是数组的不填。"),
        Field("columns", "列对应", "lines", group="内容",
              help="每行一个：标准列名=行内路径，例如 户籍区划=address.code；名称相同的不用写。"),
        Field("paging", "分页", "choice", default="none", group="分页", choices=PAGINGS),
        Field("page_param", "页码、起始行或游标参数", default="page", group="分页"),
        Field("first", "首页页码或起始行", "number", default=1, group="分页"),
        Field("size_param", "每页行数参数", group="分页"),
        Field("size", "每页行数", "number", default=500, least=1, most=100_000, group="分页"),
        Field("next", "游标或下一页地址的位置", group="分页", help="JSON 中的路径；下一页地址在 Link 响应头中的不填。"),
        Field("since_param", "增量参数", group="增量", help="对方按它只给此后变化的行；不填则每次取全部。"),
        Field("since_start", "首次取值", group="增量", help="第一次取数时增量参数的值，例如 2020-01-01 00:00:00。"),
        Field("changed", "变更时间的位置", group="增量", help="行内路径；不填则以本次开始的时间为下次的起点。"),
        Field("overlap", "回看分钟数", "number", default=10, most=100_000, group="增量"),
    )  # fmt: skip

    def place(self, settings: Settings) -> str:
        return place_of(settings["url"])

    def refuse(self, settings: Settings) -> str | None:
        check_url(settings["url"])
        parse_columns(settings["columns"])
        if settings["auth"] == "oauth2":
            check_url(settings["token_url"], "令牌地址")
        missing = [
            label for name, label, when in (
                ("header_value", "令牌", settings["auth"] == "header"),
                ("client_id", "客户端标识", settings["auth"] == "oauth2"),
                ("client_secret", "客户端密钥", settings["auth"] == "oauth2"),
                ("page_param", "页码、起始行或游标参数", settings["paging"] in ("page", "offset", "cursor")),
                ("next", "游标的位置", settings["paging"] == "cursor"),
            ) if when and not settings[name]
        ]  # fmt: skip
        if missing:
            return f"请填写{'、'.join(missing)}"
        if settings["format"] == "csv" and settings["paging"] in ("cursor", "link"):
            return "CSV 只能不分页, 或按页码、起始行分页"
        return None

    def check(self, settings: Settings, work: Work) -> str:
        with Web(work, ca=settings["ca"]) as web:
            source = Interface(settings, web)
            since = settings["since_start"]
            if settings["format"] == "csv":
                source.ask(source.first, since, into=work.spool / "check.csv")
                return f"连接正常: {self.place(settings)}, 返回 CSV"
            page = source.page(source.first, since)
        columns = columns_of(settings["columns"], work.feed)
        seen = [h for h, paths in columns.items() if any(pick(row, paths) is not None for row in page.rows)]
        if page.rows and not seen:
            raise IntakeError(f"{self.place(settings)} 返回的行中没有一列认得, 请填写“列对应”")
        told = f", 认得 {'、'.join(seen)}" if seen else ""
        return f"连接正常: {self.place(settings)}, 首页 {len(page.rows):,} 行{told}"

    def fetch(self, settings: Settings, reached: Reached, work: Work) -> Iterator[Received]:
        with Web(work, ca=settings["ca"]) as web:
            source = Interface(settings, web)
            if settings["format"] == "csv":
                yield from _tables(source, reached, work)
            else:
                yield from _rows(source, reached, work)


class _Chunk:
    """Rows gathered into one CSV, under the standard's headings."""

    def __init__(self, settings: Settings, work: Work) -> None:
        self._work = work
        self.rows = 0
        self._path = work.spool / f"rows-{time.time_ns()}.csv"
        self._columns = columns_of(settings["columns"], work.feed)

    def write(self, rows: list[Any]) -> None:
        if not rows:
            return
        with self._path.open("a", encoding="utf-8", newline="") as out:
            writer = csv.writer(out, lineterminator="\n")
            if not self.rows:
                writer.writerow(self._columns)
            writer.writerows([cell(pick(row, paths)) for paths in self._columns.values()] for row in rows)
            self.rows += len(rows)
            out.flush()
            self._work.refuse_more_than(out.tell(), "一次取得的行")

    def received(self, reached: Reached) -> Received:
        return Received(self._path if self.rows else None, f"{self._work.source}.csv", reached=reached)


def _rows(source: Interface, reached: Reached, work: Work) -> Iterator[Received]:
    """Page by page from where the last run broke off, else since the watermark; a chunk at a time is handed on."""
    s = source.settings
    kept = {} if work.full else dict(reached)
    sweep: dict[str, str] = dict(kept.get("sweep") or {})
    start = earlier(kept.get("since", ""), s["overlap"]) or s["since_start"]
    since, began = sweep.get("since", start), sweep.get("began", "")
    at = sweep.get("next", source.first)
    best, chunk, resumed = sweep.get("best", kept.get("since", "")), _Chunk(s, work), bool(sweep)
    while True:
        try:
            page = source.page(at, since)
        except IntakeError as error:
            if resumed and isinstance(error, HttpStatusError) and error.status < 500 and not chunk.rows:
                yield Received(
                    None, "", reached={"since": kept.get("since", "")}
                )  # the place is no longer known
            elif chunk.rows:
                yield chunk.received(kept | {"sweep": _sweep(since, at, began, best)})
            raise
        now = clock(page.answered_at)
        began = began or write(now, like=s["since_start"] or best or USUAL)
        chunk.write(page.rows)
        if s["changed"]:
            for row in page.rows:
                best = latest(best, cell(at_path(row, s["changed"])), not_after=now)
        if page.following is None:
            break
        at = page.following
        if chunk.rows >= CHUNK_ROWS or work.is_over():
            yield chunk.received(kept | {"sweep": _sweep(since, at, began, best)})
            chunk, resumed = _Chunk(s, work), False
            if work.is_over():
                return
    yield chunk.received({"since": best if s["changed"] else began} if s["since_param"] else {})


def _sweep(since: str, at: str, began: str, best: str) -> dict[str, str]:
    """Where a run through the pages stands (翻页位置)."""
    return {"since": since, "next": at, "began": began, "best": best}


def _tables(source: Interface, reached: Reached, work: Work) -> Iterator[Received]:
    """CSV as it comes, one batch a page."""
    s = source.settings
    since = (
        s["since_start"] if work.full else earlier(reached.get("since", ""), s["overlap"]) or s["since_start"]
    )
    at: str | None = source.first
    began = ""
    while at is not None:
        path = work.spool / f"page-{time.time_ns()}.csv"
        answer = source.ask(at, since, into=path)
        began = began or write(clock(answer.headers.get("Date", "")), like=s["since_start"] or USUAL)
        rows = _lines(path) - 1
        at = source.after(at, rows) if s["paging"] != "none" and rows > 0 else None
        last = at is None
        state = {"since": began} if last and s["since_param"] else dict(reached)
        yield Received(path if rows > 0 else None, f"{work.source}.csv", reached=state)
        if work.is_over():
            return


def _lines(path: Path) -> int:
    """Lines with something on them; a quoted line break counts as one more, which only asks for one page too many."""
    with path.open("rb") as file:
        return sum(1 for line in file if line.strip())
