"""What to look at first (看点), picked from what was really brought in."""

from urllib.parse import urlencode
from uuid import UUID

import click
from django.conf import settings
from django.db import connection
from django.urls import reverse

from minzheng.cli.demo.accounts import Login, logins_file
from minzheng.exchange.models import Batch
from minzheng.exchange.queries import Dealing, persons_by_certificate, timeline
from minzheng.foundation.access.scope import Scope
from minzheng.registry.queries import person_record
from minzheng.standards.queries import rulebook

# The person in whose record the most businesses meet; among equals one who has died, for the more to see.
BUSIEST = """
SELECT claim.person_id
FROM registry_personclaim AS claim
JOIN registry_source AS source ON source.id = claim.source_id
JOIN registry_person AS person ON person.id = claim.person_id
WHERE claim.recorded_to IS NULL AND claim.record_id IS NOT NULL AND person.superseded_by IS NULL
  AND person.hukou_division_code LIKE %s
GROUP BY claim.person_id, person.death_date
ORDER BY count(DISTINCT source.feed) DESC, (person.death_date IS NOT NULL) DESC, count(*) DESC, claim.person_id
LIMIT 1
"""
DIRTIEST = """
SELECT id FROM exchange_batch WHERE stage = 'finished'
ORDER BY coalesce((counts ->> 'quarantined')::int, 0) DESC, received_at LIMIT 1
"""


def tell(address: str, logins: list[Login]) -> None:
    """Print the address, the logins and three things to look at."""
    click.echo(f"\n网页地址  {address}")
    click.echo(f"登录账号  (口令另存于 {logins_file()})")
    for login in logins:
        click.echo(f"  {login.part.username:<9} {login.password}   {login.part.display_name}")
    click.echo("可以先看")
    for number, line in enumerate(_sights(address.rstrip("/")), start=1):
        click.echo(f"  {number}. {line}")


def _sights(address: str) -> list[str]:
    return [line for line in (_person(address), _quarantine(address), _due(address)) if line]


def _person(address: str) -> str:
    found = _one(BUSIEST, f"{settings.NODE_DIVISION_CODE[:2]}%")
    if found is None:
        return ""
    scope = Scope.system(settings.NODE_DIVISION_CODE)
    record = person_record(scope, found)
    if record is None:
        return ""
    dealings = timeline(scope, record.links)
    businesses = "、".join(dict.fromkeys(d.label for d in dealings))
    place = address + reverse("desk:person", args=[found])
    return f"一个人的全部信息: {record.name} ({businesses})\n     {_asked(scope, dealings, found)}{place}"


def _asked(scope: Scope, dealings: list[Dealing], person: UUID) -> str:
    """A certificate that leads to this person alone, for the search box."""
    for number in dict.fromkeys(d.certificate for d in dealings if d.certificate):
        if persons_by_certificate(scope, number) == [person]:
            return f"用证号 {number} 查询, 或打开 "
    return ""


def _quarantine(address: str) -> str:
    found = _one(DIRTIEST)
    if found is None:
        return ""
    batch = Batch.objects.get(pk=found)
    rows = batch.counts.get("quarantined", 0)
    place = reverse("desk:batch", args=[found])
    return f"退回的行和原因: {batch.file_name}, 隔离 {rows:,} 行, 可下载改正后重新报送\n     {address}{place}"


def _due(address: str) -> str:
    step = min((x.step for x in rulebook().time_limits() if x.division_code), default="")
    asked = urlencode({"step": step, "start": "2026-09-25"})
    place = reverse("desk:standards:time_limits")
    return f"标准规范和期限计算: 国庆前后的工作日怎样数\n     {address}{place}?{asked}"


def _one(sql: str, *values: str) -> UUID | None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        row = cursor.fetchone()
    return row[0] if row else None
