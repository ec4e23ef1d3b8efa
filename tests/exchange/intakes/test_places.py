"""Where sources may be fetched from; times as others write them."""

from datetime import UTC, datetime

import pytest

from minzheng.exchange.errors import IntakeError
from minzheng.exchange.intake import places as module
from minzheng.exchange.intake.later import earlier, latest
from minzheng.exchange.intake.places import Places

NOON = datetime(2026, 1, 7, 12, tzinfo=UTC)


def said(places: Places, host: str, port: int = 22) -> str:
    try:
        return places.address(host, port)
    except IntakeError as error:
        return str(error)


def test_only_what_is_listed_is_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    names = {
        "sftp.ga.gov": "10.1.2.3",
        "inside.gov": "169.254.169.254",
        "other.gov": "10.1.2.9",
        "half.gov": "::ffff:127.0.0.1",
    }

    def look_up(host: str, port: int, **_: object) -> list:
        if host not in names:
            raise OSError
        return [(2, 1, 6, "", (names[host], port))]

    monkeypatch.setattr(module.socket, "getaddrinfo", look_up)
    places = Places(
        ["sftp.ga.gov:22", "inside.gov", "half.gov", "10.2.0.0/16", "192.168.1.5:8080", "[fd00::1]:443"]
    )
    assert said(places, "sftp.ga.gov") == said(places, "SFTP.GA.GOV.") == "10.1.2.3"
    assert "不在允许访问的地址之内" in said(places, "sftp.ga.gov", 23), "another port"
    assert "不在允许访问的地址之内" in said(places, "other.gov")
    assert "不在允许访问的地址之内" in said(places, "10.1.2.3"), "a name does not open its address"
    for host in ("inside.gov", "half.gov"):
        assert "指向本机或保留地址" in said(places, host), (
            "nobody reaches the cloud's or this machine's own services"
        )
    assert said(places, "10.2.9.9", 1) == "10.2.9.9" and said(places, "192.168.1.5", 8080) == "192.168.1.5"
    assert said(places, "[fd00::1]", 443) == "fd00::1"
    for odd in ("127.0.0.1", "::ffff:10.9.9.9", "0.0.0.1", "2130706433", "0x7f000001", "a b", ""):
        assert (
            "允许访问" in said(places, odd)
            or "解析不到" in said(places, odd)
            or "写法不对" in said(places, odd)
        )


@pytest.mark.parametrize(
    "line", ["", "/", "http://x", "a b", "10.0.0.0/2", "::/0", "host:99999", "ho/st", "*.gov"]
)
def test_what_is_no_place_is_refused(line: str) -> None:
    with pytest.raises(IntakeError):
        Places([line])


@pytest.mark.parametrize(
    ("text", "before"),
    [
        ("2026-01-07 08:00:00", "2026-01-07 07:50:00"),
        ("2026-01-07T08:00:00+08:00", "2026-01-07T07:50:00+08:00"),
        ("2026-01-07T08:00:00Z", "2026-01-07T07:50:00Z"),
        ("2026-01-07T08:00:00", "2026-01-07T07:50:00"),
        ("20260107080000", "20260107075000"),
        ("2026/01/07 08:00:00", "2026/01/07 07:50:00"),
        ("2026-01-07", "2026-01-06"),
        ("1767744000", "1767743400"),
        ("1767744000123", "1767743400123"),
        ("版本17", "版本17"),
    ],
)
def test_a_while_before_is_written_as_they_write(text: str, before: str) -> None:
    assert earlier(text, 10) == before


def test_the_later_of_two_and_never_one_to_come() -> None:
    assert latest("", "2026-01-07 08:00:00", not_after=NOON) == "2026-01-07 08:00:00"
    assert latest("2026-01-07 08:00:00", "2026-01-06 08:00:00", not_after=NOON) == "2026-01-07 08:00:00"
    assert latest("1767743999", "1767744000", not_after=NOON) == "1767744000"
    assert latest("2026-01-07 08:00:00", "2099-01-01 00:00:00", not_after=NOON) == "2026-01-07 08:00:00"
    assert latest("v2", "v3", not_after=NOON) == "v3"
