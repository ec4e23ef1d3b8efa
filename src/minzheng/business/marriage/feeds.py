"""Marriage registrations as a feed (婚姻登记).

A revoked marriage (撤销, 民法典 1052, 1053) never was (1054). Its record stays, for it was registered; what it said of the
two persons' marital status is taken back, and they are what they were by everything said besides: 离婚 by an earlier
divorce, 未婚 or another by the base list, and nothing where nobody said anything. The revocation itself says nothing, for
未婚 would overrule a marriage registered elsewhere. Which marriage it means, whichever of the two arrives first:
``exchange.load.revoking``.

A certificate's number does not make its record: a divorce, a reissue or a revocation may come under the number of the
marriage, and the marriage stands. A certificate may be lost twice, so reissues of one number are told apart by their day.
"""

from minzheng.business.marriage.models import Registration
from minzheng.exchange.declare import (
    Basis,
    ByCode,
    Column,
    ColumnFor,
    Feed,
    Fixed,
    PersonParty,
    Revocation,
    Said,
    register,
)

KIND = "marriage_registration_kind_code"
MARRIED, DIVORCED, REVOKED = ("11", "12", "13"), ("21",), ("41",)
PAPERS = ("31", "32", "51")  # 补领, 证明: what is handed out of what is registered
# What a registration makes of the two persons' marital status (GB/T 2261.2). A reissue says nothing new,
# a revocation only takes back.
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
        apart=(
            ByCode(KIND, {code: code for code in (*DIVORCED, *REVOKED, *PAPERS)}),
            ColumnFor("registered_on", KIND, PAPERS),
        ),
        revocation=Revocation(
            kind="kind_code", by=REVOKED, of=MARRIED, ended_by=DIVORCED, attribute="marital_status_code"
        ),
        fields={"kind_code": Column(KIND), "certificate_no": Column("marriage_certificate_no")},
        division=Column("registry_division_code"),
        basis=Basis.REGISTRAR,
        goes_with=("husband", "wife"),
        happened_on="registered_on",
        persons=(_spouse("husband", "男方", "1"), _spouse("wife", "女方", "2")),
        certificate="certificate_no",
        title="{kind_code} {certificate_no}",
        codes={"kind_code": "MARRIAGE_REGISTRATION_KIND"},
    )
)
