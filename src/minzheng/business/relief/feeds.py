"""Allowance payments as a feed (低保发放)."""

from minzheng.business.relief.models import AllowancePayment
from minzheng.exchange.declare import Basis, Column, Feed, PersonParty, register

allowances = register(
    Feed(
        key="allowances",
        label="低保发放",
        business_code="01",
        record=AllowancePayment,
        record_key=(
            "allowance_certificate_no", "benefit_month", "member_person_name", "member_citizen_id_number",
        ),
        fields={
            "certificate_no": Column("allowance_certificate_no"),
            "benefit_month": Column("benefit_month"),
            "monthly_amount_fen": Column("monthly_amount_fen"),
            "bank_account": Column("head_bank_account"),
        },
        division=Column("managing_division_code"),
        basis=Basis.MANAGER,
        goes_with=("member", "head"),
        happened_on="benefit_month",
        persons=(
            PersonParty(
                role="member",
                label="成员",
                household="hukou",
                says={
                    "name": Column("member_person_name"),
                    "id_number": Column("member_citizen_id_number"),
                    "hukou_division_code": Column("managing_division_code"),
                    "relation_to_head_code": Column("member_relation_to_head_code"),
                    "household_key": Column("head_citizen_id_number"),
                },
                # The assistance file speaks of those who live together; the police are believed before it.
                authority={"hukou_division_code": 80, "relation_to_head_code": 80, "household_key": 80},
            ),
            PersonParty(
                role="head",
                label="户主",
                says={"name": Column("head_person_name"), "id_number": Column("head_citizen_id_number")},
            ),
        ),
        certificate="certificate_no",
        title="低保金 {certificate_no}",
        amount="monthly_amount_fen",
        period="benefit_month",
    )
)  # fmt: skip
