"""What the register says, to be compared, and short words for deciding."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils import timezone
from tests.exchange.numbers import csv_text, number, people, person
from tests.node import Node

from minzheng.exchange.models import ReviewItem
from minzheng.foundation.access.scope import Scope
from minzheng.foundation.accounts.models import User
from minzheng.stewardship.review import queries, services
from minzheng.stewardship.review.models import Decision
from minzheng.stewardship.review.standing import Standing
from minzheng.stewardship.review.terms import Kind

WHOLE = Scope.system("330000")
REASON = "经派出所户籍档案核实"
ALLOWANCE = (
    "低保证号", "户主姓名", "户主公民身份号码", "成员姓名", "成员公民身份号码", "与户主关系", "属地区划", "月保障金额(元)",
    "发放月份", "银行卡号",
)  # fmt: skip
MARRIAGE = (
    "登记类型", "登记证字号", "登记机关区划", "登记日期", "男方姓名", "男方公民身份号码", "女方姓名", "女方公民身份号码",
)  # fmt: skip
# What is the same whenever a row enters: everything but identities made at that moment and times of recording.
CLAIM = """SELECT c.person_id, s.feed, c.role, c.batch_id, c.row_no, c.digest, c.rule, c.score, c.model_version, c.valid_from,
    c.name, c.name_key, c.id_number_blind, c.sex_code, c.birth_date, c.hukou_division_code, c.hukou_address_blind,
    c.phone_blind, c.marital_status_code, c.household_id, c.death_date, c.record_id IS NULL
    FROM registry_personclaim c JOIN registry_source s ON s.id = c.source_id WHERE c.recorded_to IS NULL
    ORDER BY c.person_id, c.batch_id, c.row_no, c.role"""
GOLDEN = """SELECT id, name, name_key, name_pinyin, id_number_blind, sex_code, birth_date, hukou_division_code,
    hukou_address_blind, phone_blind, marital_status_code, household_id, death_date, superseded_by
    FROM registry_person WHERE superseded_by IS NULL AND name IS NOT NULL ORDER BY id"""
RECORDS = """SELECT batch_id, row_no, key_digest, digest, division_code, happened_on FROM marriage_registration
    WHERE recorded_to IS NULL ORDER BY key_digest"""
EXACT = "SELECT * FROM registry_personclaim WHERE recorded_to IS NULL ORDER BY id"


def register(node: Node) -> dict[str, list[tuple[Any, ...]]]:
    """The register as it speaks today."""
    return {"claims": node.rows(CLAIM), "golden": node.rows(GOLDEN), "records": node.rows(RECORDS)}


def exactly(node: Node) -> list[list[tuple[Any, ...]]]:
    """The current rows to the byte."""
    return [
        node.rows(EXACT),
        node.rows(GOLDEN),
        node.rows("SELECT * FROM marriage_registration WHERE recorded_to IS NULL"),
    ]


def item() -> ReviewItem:
    return ReviewItem.objects.latest("id")


def seen(one: ReviewItem) -> int:
    return Standing(queries.decisions_on_row(WHOLE, one.batch_id, one.row_no)).last()


def decide(
    kind: Kind, by: User, one: ReviewItem | None = None, *, person: UUID | None = None, scope: Scope = WHOLE
) -> Decision:
    one = one or item()
    return services.decide(
        scope, one.pk, kind=kind, person_id=person, reason=REASON, seen=seen(one), by=by, at=timezone.now()
    )


def undo(decision: Decision, by: User, scope: Scope = WHOLE) -> Decision:
    return services.undo(scope, decision.pk, reason="核实有误", by=by, at=timezone.now())


def now() -> datetime:
    return timezone.now()


__all__ = ["csv_text", "number", "people", "person"]
