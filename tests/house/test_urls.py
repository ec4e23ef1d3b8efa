"""Deny by default: every address of the product says who may call it."""

from collections.abc import Iterator

from django.urls import URLPattern, URLResolver, get_resolver

from minzheng.foundation.access.rules import rule_of
from minzheng.web.machine.api import api


def every_pattern(resolver: URLResolver, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    for entry in resolver.url_patterns:
        place = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from every_pattern(entry, place)
        else:
            yield place, entry


def test_every_address_has_a_rule():
    patterns = dict(every_pattern(get_resolver()))
    assert len(patterns) > 10
    without = [place or "/" for place, pattern in patterns.items() if rule_of(pattern.callback) is None]
    assert not without, f"no access rule: {without}"


def test_only_these_addresses_are_public():
    patterns = every_pattern(get_resolver())
    open_to_all = {place for place, p in patterns if (rule := rule_of(p.callback)) and not rule.login}
    # The catalogue is public metadata; a token is given for a system's secret, which the view itself asks for.
    assert open_to_all == {"login/", "about/", "help/", "catalogue/dcat.<slug:ending>", "api/v1/token"}


def test_every_call_for_systems_has_a_gate():
    """And every operation of the interfaces is an address: none is left behind by the door that carries it over."""
    gated = {
        place for place, p in every_pattern(get_resolver()) if (rule := rule_of(p.callback)) and rule.gate
    }
    operations = {str(pattern.pattern) for pattern in api.urls[0] if pattern.name not in (None, "api-root")}
    assert len(operations) >= 9
    assert gated == {f"api/v1/{place}" for place in operations} | {"api/v1/^.*$"}
