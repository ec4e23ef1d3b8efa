"""Marriage registrations as a feed (婚姻登记)."""

from minzheng.business.marriage.models import Registration
from minzheng.exchange.declare import ByCode, Column, Feed, Fixed, PersonParty, Said, register

KIND = "marriage_registration_kind_code"
# What a registration makes of the two persons' marital status (GB/T 2261.2). A reissue says nothing new.
STATUS_AFTER = {"11": "20", "12": "20", "13": "23", "21": "40"}


def _spouse(role: str, label: str, sex_code: str) -> PersonParty:
    says: dict[str, Said] = {
        "name": Column(f"{role}_person_name"),
        "id_number": Column(f"{role}_citizen_id_number"),
        "sex_code": Fixed(sex_code),
        "marital_status_code": ByCode(KIND, STATUS_AFTER),
    }
    return PersonParty(role=role, label=label, says=says, authority={"marital_status_code": 5})


marriages = register(
    Feed(
        key="marriages",
        label="婚姻登记",
        business_code="05",
        record=Registration,
        record_key=("marriage_certificate_no",),
        fields={"kind_code": Column(KIND), "certificate_no": Column("marriage_certificate_no")},
        division=Column("registry_division_code"),
        happened_on="registered_on",
        persons=(_spouse("husband", "男方", "1"), _spouse("wife", "女方", "2")),
        certificate="certificate_no",
        title="{kind_code} {certificate_no}",
        codes={"kind_code": "MARRIAGE_REGISTRATION_KIND"},
    )
)
