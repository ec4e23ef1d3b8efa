"""The register's tables (基础数据库的表)."""

from minzheng.registry.models.change import HandChange
from minzheng.registry.models.division import DivisionMove, DivisionNow, DivisionSplit
from minzheng.registry.models.home import HomeElsewhere
from minzheng.registry.models.household import Household
from minzheng.registry.models.organisation import Organisation, OrganisationClaim
from minzheng.registry.models.person import Person, PersonClaim
from minzheng.registry.models.place import Place
from minzheng.registry.models.record import BusinessRecord
from minzheng.registry.models.source import Source

__all__ = [
    "BusinessRecord",
    "DivisionMove",
    "DivisionNow",
    "DivisionSplit",
    "HandChange",
    "HomeElsewhere",
    "Household",
    "Organisation",
    "OrganisationClaim",
    "Person",
    "PersonClaim",
    "Place",
    "Source",
]
