"""The register's own check finds what foreign keys would have refused."""

from uuid import uuid4

from django.db import connection
from tests.exchange.numbers import people, person
from tests.node import Node

from minzheng.registry import integrity


def test_a_sound_register_has_no_findings_and_a_lost_person_is_found(node: Node) -> None:
    node.bring("persons", people(person("王晓", 1), person("李敏", 2)))
    assert integrity.check() == []
    with connection.cursor() as cursor:
        cursor.execute("UPDATE registry_personclaim SET person_id = %s", [uuid4()])
    found = {finding.what: finding.rows for finding in integrity.check()}
    assert found["来源主张所指人员不存在"] == 2
    assert found["人员没有任何来源主张"] == 2
