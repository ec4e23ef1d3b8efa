"""``minzheng review``: counts and the oldest; a decision from the command line; money waits for the desk."""

import json
from typing import Any

from click.testing import CliRunner, Result
from tests.node import Node
from tests.stewardship.review.desk import REASON, item, people, person
from tests.stewardship.review.test_second import allowance

from minzheng.cli.review import review
from minzheng.foundation.audit.models import AuditEntry
from minzheng.registry.models import Person, PersonClaim


def run(*arguments: object) -> Result:
    return CliRunner().invoke(review, [*map(str, arguments)])


def told(*arguments: object) -> Any:
    done = run(*arguments, "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_counts_by_division_and_a_decision(node: Node) -> None:
    assert told()["open"] == 0
    node.bring("persons", people(person("王晓", 1)), source="公安")
    node.bring("persons", people(person("张三丰", 1)), source="卫健")
    found = told()
    assert (found["open"], found["proposed"], found["waiting"][0]["division"]) == (1, 0, "330106")
    assert found["oldest"] == found["waiting"][0]["oldest"]
    assert told("--division", "330200")["open"] == 0 and told("--division", "3301")["open"] == 1
    who = Person.objects.get()
    assert run("decide", item().pk, "link", "--reason", REASON).exit_code != 0, "without a person"
    done = told("decide", item().pk, "link", "--person", who.id, "--reason", REASON, "--by", "陈平")
    assert (done["state"], done["needs_second"], done["person"]) == ("decided", False, str(who.id))
    assert PersonClaim.objects.filter(person_id=who.id, rule="manual").exists()
    assert AuditEntry.objects.get(action="review.link").user_name == "陈平"
    assert run("decide", 999, "aside", "--reason", REASON).exit_code != 0


def test_money_waits_for_a_reviewer(node: Node) -> None:
    node.bring("persons", people(person("王晓", 1), person("李敏", 2)))
    node.bring("allowances", allowance("钱小红", 2))
    assert told("decide", item().pk, "separate", "--reason", REASON)["needs_second"]
    assert told()["proposed"] == 1
