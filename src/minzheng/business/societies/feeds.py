"""Social organisations as a feed (社会组织)."""

from minzheng.business.societies.models import Society
from minzheng.exchange.declare import Basis, Column, Feed, OrganisationParty, PersonParty, register

societies = register(
    Feed(
        key="societies",
        label="社会组织",
        business_code="08",
        record=Society,
        record_key=("organisation_uscc",),
        fields={
            "name": Column("organisation_society_name"),
            "uscc": Column("organisation_uscc"),
            "kind_code": Column("organisation_society_kind_code"),
            "business_scope": Column("organisation_business_scope"),
            "founded_on": Column("organisation_founded_on"),
            "registered_capital_fen": Column("organisation_registered_capital_fen"),
            "office_address": Column("organisation_office_address"),
            "legal_representative_name": Column("legal_representative_person_name"),
            "status_code": Column("organisation_society_status_code"),
        },
        division=Column("organisation_registry_division_code"),
        basis=Basis.REGISTRAR,
        goes_with=("legal_representative",),
        happened_on="organisation_founded_on",
        persons=(
            PersonParty(
                role="legal_representative",
                label="法定代表人",
                creates=False,
                says={
                    "name": Column("legal_representative_person_name"),
                    "id_number": Column("legal_representative_citizen_id_number"),
                },
            ),
        ),
        organisations=(
            OrganisationParty(
                role="organisation",
                label="社会组织",
                says={
                    "name": Column("organisation_society_name"),
                    "uscc": Column("organisation_uscc"),
                    "kind_code": Column("organisation_society_kind_code"),
                    "division_code": Column("organisation_registry_division_code"),
                    "address": Column("organisation_office_address"),
                    "founded_on": Column("organisation_founded_on"),
                    "status_code": Column("organisation_society_status_code"),
                },
                authority={"name": 10, "uscc": 10, "kind_code": 10, "status_code": 10},
            ),
        ),
        certificate="uscc",
        title="{name}",
        codes={"kind_code": "ORG_TYPE", "status_code": "ORG_STATUS"},
    )
)
