"""An interface over HTTP that is asked page by page (分页接口): how a page is asked for, who asks, what comes after it."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from minzheng.exchange.errors import IntakeError
from minzheng.exchange.intake.declare import Settings
from minzheng.exchange.intake.json_rows import at_path, rows_of
from minzheng.exchange.intake.web import Answer, Asked, HttpStatusError, Web, next_link, place_of, same_origin


@dataclass(frozen=True)
class Page:
    """A page (一页): its rows, what to ask for next (None: no more), when it was answered by the other side's clock."""

    rows: list[Any]
    following: str | None
    answered_at: str


class Interface:
    """How pages are asked for (分页请求)."""

    def __init__(self, settings: Settings, web: Web) -> None:
        self.settings, self._web = settings, web
        self._token = ""
        self.first = str(settings["first"]) if settings["paging"] in ("page", "offset") else ""

    def page(self, at: str, since: str) -> Page:
        """One page of rows; raises ``IntakeError`` (取一页)."""
        answer = self.ask(at, since)
        place = place_of(self.settings["url"])
        said, rows = rows_of(answer.content, self.settings["rows"], place)
        kind = self.settings["paging"]
        following: str | None = None
        if kind in ("page", "offset"):
            following = self.after(at, len(rows))
        elif kind == "cursor":
            following = str(at_path(said, self.settings["next"]) or "") or None
        elif kind == "link":
            following = self._link(said, answer.headers)
        if following is not None and following == at:
            raise IntakeError(f"{place} 的下一页仍是同一页, 请核对分页设置")
        return Page(rows, following, answer.headers.get("Date", ""))

    def after(self, at: str, rows: int) -> str | None:
        """The page or row number behind this page; None behind the last (下一页)."""
        step = 1 if self.settings["paging"] == "page" else rows
        short = bool(self.settings["size_param"]) and rows < self.settings["size"]
        return None if not rows or short else str(int(at) + step)

    def _link(self, said: Any, headers: Any) -> str | None:
        if self.settings["next"]:
            found = at_path(said, self.settings["next"])
        else:
            found = next_link(headers.get("Link", ""))
        if not found:
            return None
        return same_origin(self.settings["url"], str(found))

    def ask(self, at: str, since: str, *, into: Path | None = None) -> Answer:
        """The answer for a page; a token that has run out is fetched anew, once (请求)."""
        for again in (True, False):
            try:
                return self._web.ask(self._request(at, since), into=into)
            except HttpStatusError as error:
                if error.status != 401 or not self._token or not again:
                    raise
                self._token = ""
        raise AssertionError("unreachable")

    def _request(self, at: str, since: str) -> Asked:
        s = self.settings
        params: dict[str, str] = {}
        if s["paging"] in ("page", "offset", "cursor") and at:
            params[s["page_param"]] = at
        if s["size_param"] and s["paging"] != "none":
            params[s["size_param"]] = str(s["size"])
        if s["since_param"] and since:
            params[s["since_param"]] = since
        linked = s["paging"] == "link" and at
        url = at if linked else s["url"]
        params = {} if linked else params
        if s["method"] == "POST":
            numbers = (s["page_param"], s["size_param"])
            body = {k: int(v) if k in numbers and v.isdigit() else v for k, v in params.items()}
            return Asked("POST", url, {}, self._headers(), body=body)
        return Asked("GET", url, params, self._headers())

    def _headers(self) -> dict[str, str]:
        s = self.settings
        if s["auth"] == "header":
            return {s["header_name"]: s["header_value"]}
        if s["auth"] == "oauth2":
            self._token = self._token or self._fetch_token()
            return {"Authorization": f"Bearer {self._token}"}
        return {}

    def _fetch_token(self) -> str:
        s = self.settings
        form = {
            "grant_type": "client_credentials",
            "client_id": s["client_id"],
            "client_secret": s["client_secret"],
        }
        if s["scope"]:
            form["scope"] = s["scope"]
        answer = self._web.ask(Asked("POST", s["token_url"], {}, {}, form=form))
        try:
            return str(json.loads(answer.content)["access_token"])
        except (ValueError, KeyError, TypeError):
            raise IntakeError(f"{place_of(s['token_url'])} 的答复中没有令牌, 请核对令牌地址") from None
