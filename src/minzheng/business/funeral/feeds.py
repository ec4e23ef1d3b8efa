"""Cremations as a feed (火化登记)."""

from minzheng.business.funeral.models import Cremation
from minzheng.exchange.declare import (
    Basis,
    Column,
    DivisionOf,
    Feed,
    OrganisationParty,
    PersonParty,
    PlaceParty,
    register,
)

FUNERAL_FACILITY = "25250"  # 殡葬设施, of PLACE_CLASS

cremations = register(
    Feed(
        key="cremations",
        label="火化登记",
        business_code="07",
        record=Cremation,
        record_key=("cremation_certificate_no",),
        fields={
            "certificate_no": Column("cremation_certificate_no"),
            "funeral_home_name": Column("funeral_home_name"),
            "cremated_on": Column("deceased_cremated_on"),
            "handler_name": Column("handler_person_name"),
            "handler_phone": Column("handler_phone"),
        },
        division=DivisionOf("deceased_hukou_address"),
        basis=Basis.HUKOU,
        goes_with=("deceased",),
        happened_on="deceased_cremated_on",
        persons=(
            PersonParty(
                role="deceased",
                label="逝者",
                says={
                    "name": Column("deceased_person_name"),
                    "id_number": Column("deceased_citizen_id_number"),
                    "sex_code": Column("deceased_sex_code"),
                    "death_date": Column("deceased_death_date"),
                    "hukou_address": Column("deceased_hukou_address"),
                    "hukou_division_code": DivisionOf("deceased_hukou_address"),
                },
                authority={"death_date": 5, "hukou_division_code": 80, "hukou_address": 80},
            ),
            PersonParty(
                role="handler",
                label="经办人",
                optional=True,
                creates=False,
                says={"name": Column("handler_person_name"), "phone": Column("handler_phone")},
            ),
        ),
        organisations=(
            OrganisationParty(
                role="funeral_home", label="殡仪馆", says={"name": Column("funeral_home_name")}
            ),
        ),
        place=PlaceParty(
            label="殡仪馆",
            class_code=FUNERAL_FACILITY,
            name=Column("funeral_home_name"),
            division=DivisionOf("funeral_home_name"),
        ),
        certificate="certificate_no",
        title="火化 {certificate_no} {funeral_home_name}",
    )
)
