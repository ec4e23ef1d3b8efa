"""Calls by token that are logged and signed against the same calls that are neither: what the proof costs.

Twice: one call after another in one process, with and without in turns; and over HTTP, where two server processes of the
product's own kind answer sixteen callers, second by second in turns, with everything and without logging, counting and signing.
Everything else (token, grant, quota, row-level security, the query) is the same. Rates of completed calls.
"""

import http.client
import json
import os
import statistics
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

from bench.node import bring_in, environment, inside, node, sample
from bench.reporting import Figure, tell

PORTS = {8791: "sealed", 8792: "bare"}
CALLERS, THREADS = 16, 8
EACH_S, WARM_S = 15.0, 4.0
ROWS, TARGET = 20_000, 0.7
PAIRS = 400


def run(rows: int) -> None:
    """The figure of issue 4 §5, first line."""
    with node() as home:
        files = sample(home / "sample", min(rows, ROWS), 31)
        bring_in(home, "persons", files / "persons.csv")
        made = inside(home, "bench.interfaces", "prepare")
        alone = inside(home, "bench.interfaces", "alone", made["token"])
        tell(
            Figure(
                "signed and logged calls, one after another", f"{min(rows, ROWS):,} persons, {PAIRS} pairs in turns",
                1000 / alone["sealed"], "calls/s", "the same unsigned and unlogged", 1000 / alone["bare"], f">= {TARGET}",
                alone["bare"] / alone["sealed"] >= TARGET,
            )
        )  # fmt: skip
        for kind in ("one", "check"):
            ours, baseline = _rates(home, kind, made)
            tell(
                Figure(
                    f"signed and logged calls, {kind}", f"{min(rows, ROWS):,} persons, {CALLERS} callers", ours, "calls/s",
                    "the same unsigned and unlogged", baseline, f">= {TARGET}", ours / baseline >= TARGET,
                )
            )  # fmt: skip


def prepare() -> dict[str, Any]:
    """Inside the node: a system, a grant of all fields, its token, numbers to ask about."""
    from datetime import timedelta

    from django.utils import timezone

    from minzheng.foundation.accounts.services import create_user
    from minzheng.foundation.crypto.fields import open_text
    from minzheng.registry.models import Person
    from minzheng.sharing.grants import services
    from minzheng.sharing.grants.granted.fields import shared
    from minzheng.sharing.interfaces.credentials import issue_secret, who_shows

    now = timezone.now()
    by = create_user(
        username="bench-officer", password="Bench-only-2026", display_name="压测", division_code="330000",
        roles=["data_officer"], data_level=3, must_change_password=False,
    )  # fmt: skip
    client = services.register_client(
        code="bench", name="压测系统", office="压测单位", division_code="330000", by=by, at=now
    )
    found = shared("persons")
    assert found is not None
    until = timezone.localdate() + timedelta(days=30)
    quotas: dict[str, Any] = {"per_minute": 100_000, "per_day": 10_000_000, "until_on": until}
    asked = services.ask(
        client=client, data_set="persons", purpose="压测", legal_basis="压测", fields=list(found.fields),
        division_code="330000", methods=["one", "check"], by=by, at=now, **quotas,
    )  # fmt: skip
    services.agree(
        application=asked,
        fields=asked.fields,
        masked=[],
        methods=asked.methods,
        answer="",
        by=by,
        at=now,
        **quotas,
    )
    issue_secret(client=client, by=by, at=now)
    token = _token(client)
    assert who_shows(token, at=now)
    people = Person.objects.filter(id_number_blind__isnull=False).values_list("id_number_cipher", "name")[
        :2000
    ]
    return {"token": token, "people": [(open_text("id_number", cipher), name) for cipher, name in people]}


def _token(client: Any) -> str:
    """One that outlives the measurement."""
    from datetime import timedelta

    from django.utils import timezone
    from oauth2_provider.models import AccessToken, Application, set_token_value

    token = AccessToken(
        application=Application.objects.get(client_id=client.code), scope="persons",
        expires=timezone.now() + timedelta(days=1),
    )  # fmt: skip
    raw = os.urandom(24).hex()
    set_token_value(token, raw)
    token.save()
    return raw


def alone(token: str) -> dict[str, float]:
    """Inside the node: milliseconds of a call, with and without in turns, so that a busy machine is busy for both."""
    from io import BytesIO

    from django.test import RequestFactory

    from minzheng.foundation.crypto.fields import open_text
    from minzheng.registry.models import Person
    from minzheng.web.machine import urls
    from minzheng.wsgi import application

    whole = urls.logged
    ciphers = Person.objects.filter(id_number_blind__isnull=False).values_list("id_number_cipher", flat=True)
    numbers = [open_text("id_number", cipher) for cipher in ciphers[:500]]
    times: dict[str, list[float]] = {"sealed": [], "bare": []}
    for turn in range(2 * (PAIRS + 20)):
        way = ("sealed", "bare")[turn % 2]
        urls.logged = whole if way == "sealed" else lambda _request, answer: answer  # type: ignore[assignment]
        body = json.dumps({"by": {"person_citizen_id_number": numbers[turn // 2 % len(numbers)]}}).encode()
        request = RequestFactory().post(
            "/api/v1/data/persons/one",
            body,
            content_type="application/json",
            HTTP_AUTHORIZATION=f"Bearer {token}",
        )
        environ = request.environ | {"wsgi.input": BytesIO(body)}
        said: list[str] = []
        began = time.perf_counter()
        answer = b"".join(application(environ, lambda status, *_, said=said: said.append(status)))
        spent = time.perf_counter() - began
        assert said[0].startswith("200") and b'"found": true' in answer, (said, answer)
        if turn >= 40:
            times[way].append(spent * 1000)
    return {way: statistics.median(spent) for way, spent in times.items()}


def serve(way: str, port: str) -> None:
    """Inside the node: one process of pages on a port; ``bare`` answers without logging, counting and signing."""
    from gunicorn.app.base import BaseApplication

    if way == "bare":
        from minzheng.web.machine import urls

        urls.logged = lambda _request, answer: answer  # type: ignore[assignment]

    class Pages(BaseApplication):  # type: ignore[misc]
        def load_config(self) -> None:
            for name, value in (
                ("bind", f"127.0.0.1:{port}"), ("worker_class", "gthread"), ("threads", THREADS), ("loglevel", "error"),
                ("workers", 1), ("control_socket_disable", True),
            ):  # fmt: skip
                self.cfg.set(name, value)

        def load(self) -> Any:
            import minzheng.wsgi

            return minzheng.wsgi.application

    Pages().run()


def _rates(home: Path, kind: str, made: dict[str, Any]) -> tuple[float, float]:
    """Completed calls a second with and without, second by second in turns, both servers warm."""
    servers = [
        subprocess.Popen(
            [sys.executable, "-m", "bench.interfaces", "serve", way, str(port)], env=environment(home),
            cwd=Path(__file__).parent.parent,
        )
        for port, way in PORTS.items()
    ]  # fmt: skip
    try:
        for port in PORTS:
            _until_up(port)
        counts: dict[tuple[int, int], int] = {}
        until = time.monotonic() + WARM_S + 2 * EACH_S
        warm = time.monotonic() + WARM_S
        arguments = (kind, made, warm, until, counts)
        callers = [threading.Thread(target=_call, args=(n, *arguments)) for n in range(CALLERS)]
        for caller in callers:
            caller.start()
        for caller in callers:
            caller.join()
    finally:
        for server in servers:
            server.terminate()
            server.wait(30)
    ours, baseline = (sum(n for (_, at), n in counts.items() if at == port) / EACH_S for port in PORTS)
    return ours, baseline


def _call(
    n: int, kind: str, made: dict[str, Any], warm: float, until: float, counts: dict[tuple[int, int], int]
) -> None:
    headers = {"Authorization": f"Bearer {made['token']}", "Content-Type": "application/json"}
    connections = {port: http.client.HTTPConnection("127.0.0.1", port, timeout=60) for port in PORTS}
    people = made["people"][n::CALLERS]
    turn = 0
    while (now := time.monotonic()) < until:
        port = list(PORTS)[int(now) % 2]
        number, name = people[turn % len(people)]
        body: dict[str, Any] = {"by": {"person_citizen_id_number": number}}
        if kind == "check":
            body["claims"] = {"person_person_name": name}
        connections[port].request("POST", f"/api/v1/data/persons/{kind}", json.dumps(body), headers)
        answer = connections[port].getresponse()
        text = answer.read()
        assert answer.status == 200 and b'"found": true' in text, text
        if now > warm:
            counts[n, port] = counts.get((n, port), 0) + 1
        turn += 1
    for connection in connections.values():
        connection.close()


def _until_up(port: int) -> None:
    for _ in range(900):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/api/v1/data")
            assert connection.getresponse().status == 401
            return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError("the server did not answer")


if __name__ == "__main__":
    from minzheng.cli.boot import boot

    boot()
    if sys.argv[1] == "prepare":
        print(json.dumps(prepare(), ensure_ascii=False))
    elif sys.argv[1] == "alone":
        print(json.dumps(alone(sys.argv[2])))
    else:
        serve(sys.argv[2], sys.argv[3])
