"""What every room's feeds say holds in the standard and in the room's own table."""

import re
from string import Formatter

import pytest
from django.db import models

from minzheng.business.marriage.feeds import KIND, STATUS_AFTER
from minzheng.exchange.declare import ByCode, Column, DivisionOf, Feed, Fixed, PersonParty, Said, feeds
from minzheng.exchange.queries import sealed_kinds
from minzheng.registry.golden import ORGANISATION_GROUPS, PERSON_GROUPS
from minzheng.registry.models import BusinessRecord, Place
from minzheng.registry.terms import CODED
from minzheng.standards.queries import DataSetSpec, code_book, data_set, data_sets, element

pytestmark = pytest.mark.usefixtures("transactional_db")
FEEDS = feeds()
CHINESE = re.compile("[㐀-鿿]")
# A code's own element says what it means for an attribute of a person: the same table.
COMMON = {field.name for field in BusinessRecord._meta.get_fields()}
DATES = ("birth_date", "death_date")


@pytest.fixture(params=sorted(FEEDS))
def feed(request) -> Feed:
    return FEEDS[request.param]


@pytest.fixture
def spec(feed: Feed) -> DataSetSpec:
    return data_set(feed.key)


@pytest.fixture
def staged(spec: DataSetSpec) -> dict[str, str]:
    """Staged column → element."""
    return {f"{f.role}_{f.element}" if f.role else f.element: f.element for f in spec.fields}


def parties(feed: Feed):
    return (*feed.persons, *feed.organisations)


def everything_said(feed: Feed) -> list[tuple[str, Said]]:
    said = [(f"{p.role}.{attribute}", value) for p in parties(feed) for attribute, value in p.says.items()]
    said += [(f"record.{column}", value) for column, value in feed.fields.items()]
    if feed.place:
        said += [("place.name", feed.place.name)]
        said += [("place.division", feed.place.division)] if feed.place.division else []
    return [*said, ("division", feed.division)] if feed.division else said


def column_of(said: Said) -> str | None:
    return (
        said.column
        if isinstance(said, ByCode | DivisionOf)
        else said.name
        if isinstance(said, Column)
        else None
    )


def test_every_data_set_of_the_standard_is_some_rooms_feed():
    assert set(FEEDS) == {spec.key for spec in data_sets()}


def test_a_feed_is_called_and_filed_as_the_standard_says(feed, spec):
    assert (feed.label, feed.business_code) == (spec.name, spec.business_code)
    assert CHINESE.search(code_book().label("BUSINESS_DOMAIN", feed.business_code))


def test_every_column_named_is_in_the_standard(feed, staged):
    named = {where: column_of(said) for where, said in everything_said(feed)}
    named |= {f"key {column}": column for column in feed.record_key}
    if feed.happened_on:
        named["happened_on"] = feed.happened_on
    unknown = {where: column for where, column in named.items() if column and column not in staged}
    assert not unknown


def test_no_column_of_the_standard_is_left_lying(feed, staged):
    used = {column_of(said) for _, said in everything_said(feed)} | {feed.happened_on}
    assert set(staged) - used == set()


def test_a_record_is_the_same_by_the_standards_keys(feed, spec):
    keys = {f"{f.role}_{f.element}" if f.role else f.element for f in spec.fields if f.is_key}
    if feed.record is not None:
        assert set(feed.record_key) == keys


def test_the_division_is_one_and_the_event_a_day_or_a_month(feed, staged):
    if isinstance(feed.division, Column):
        assert element(staged[feed.division.name]).value_domain == "division"
    else:
        assert (
            isinstance(feed.division, DivisionOf) and element(staged[feed.division.column]).rule == "address"
        )
    if feed.happened_on:
        assert element(staged[feed.happened_on]).data_type in ("D", "P")


def test_parties_say_what_a_register_keeps_and_no_more_than_they_claim_authority_for(feed):
    for party in parties(feed):
        groups = PERSON_GROUPS if isinstance(party, PersonParty) else ORGANISATION_GROUPS
        assert set(party.says) <= set(groups) | {"address"}, party.role
        assert set(party.authority) <= set(party.says), party.role
        assert "name" in party.says and CHINESE.search(party.label), party.role
        assert all(0 < rank < 100 for rank in party.authority.values()), party.role


def test_a_party_speaks_of_its_own_columns(feed, spec):
    """A value that another role's column gives is the household's head or the record's own place, nothing else."""
    roles = {f"{f.role}_{f.element}" if f.role else f.element: f.role for f in spec.fields}
    strange = [
        f"{party.role}.{attribute}"
        for party in feed.persons
        for attribute, said in party.says.items()
        if (column := column_of(said))
        and roles[column] not in (party.role, None)
        and attribute != "household_key"
    ]
    assert not strange


def test_a_value_is_of_its_attributes_table(feed, staged):
    """A column said to be a coded attribute has that attribute's code table; a date is a date."""
    for party in feed.persons:
        for attribute, said in party.says.items():
            if isinstance(said, Column):
                found = element(staged[said.name])
                if attribute in CODED:
                    assert found.value_domain == CODED[attribute], attribute
                if attribute in DATES:
                    assert found.data_type == "D", attribute
                if attribute in ("id_number", "household_key"):
                    assert found.rule == "id_number", attribute
                if attribute in ("phone", "hukou_address", "residence_address"):
                    assert found.rule in ("phone", "address"), attribute
            elif isinstance(said, Fixed):
                assert said.value in {c.code for c in code_book().codes(CODED[attribute])}, attribute
            elif isinstance(said, ByCode):
                given = {c.code for c in code_book().codes(element(staged[said.column]).value_domain)}
                made = {c.code for c in code_book().codes(CODED[attribute])}
                assert set(said.values) <= given and set(said.values.values()) <= made, attribute


def test_every_column_of_the_rooms_table_is_filled_and_wide_enough(feed, staged):
    if feed.record is None:
        assert not (feed.fields or feed.certificate or feed.title)
        return
    own = {f.name: f for f in feed.record._meta.local_fields if f.name not in COMMON}
    kinds = sealed_kinds(feed)
    filled = {f"{name}_cipher" if name in kinds else name for name in feed.fields}
    filled |= {"place_id"} if feed.place else set()
    assert {name for name in own if not name.endswith("_blind")} == filled
    for name, said in feed.fields.items():
        found = element(staged[column_of(said)])
        if name in kinds:
            assert isinstance(own[f"{name}_cipher"], models.BinaryField)
        elif found.max_length and own[name].max_length:
            assert own[name].max_length >= found.max_length, name
        if found.data_type == "M":
            assert name.endswith("_fen") and isinstance(own[name], models.BigIntegerField)
        if found.data_type == "D":
            assert isinstance(own[name], models.DateField)


def test_what_identifies_someone_is_never_kept_in_clear(feed, staged):
    """Numbers, phones, accounts and addresses of persons: by their rule in the standard, not by their heading."""
    kinds = sealed_kinds(feed)
    clear = [
        name
        for name, said in feed.fields.items()
        if name not in kinds
        and element(staged[column_of(said)]).rule in ("id_number", "phone", "bank_account", "address")
    ]
    assert not clear


def test_a_required_column_may_be_required_of_the_table(feed, spec):
    """A table's column that can't be empty comes from a column that the standard requires."""
    required = {(f"{f.role}_{f.element}" if f.role else f.element): f.required for f in spec.fields}
    if feed.record is not None:
        for name, said in feed.fields.items():
            column = next((f for f in feed.record._meta.local_fields if f.name == name), None)
            if column is not None and not column.null:
                assert required[column_of(said)], name


def test_the_timeline_can_be_written(feed):
    if feed.record is None:
        return
    columns = {field.name for field in feed.record._meta.get_fields()}
    wanted = {name for _, name, _, _ in Formatter().parse(feed.title) if name}
    assert wanted and wanted <= columns
    assert {name for name in (feed.certificate, feed.amount, feed.period) if name} <= columns
    assert feed.certificate and (feed.amount is None or feed.amount.endswith("_fen"))
    assert set(feed.codes) == {name for name in feed.fields if name.endswith("_code")}


def test_codes_on_the_timeline_are_of_the_columns_own_table(feed, staged):
    for column, table in feed.codes.items():
        assert element(staged[feed.fields[column].name]).value_domain == table


def test_what_a_registration_makes_of_the_spouses():
    """By the words of both tables: who marries is married, who divorces is divorced, who marries again 复婚."""
    book = code_book()
    kinds = {c.code: c.name for c in book.codes("MARRIAGE_REGISTRATION_KIND")}
    said = {kinds[kind]: book.label("GBT2261.2", status) for kind, status in STATUS_AFTER.items()}
    assert said == {"结婚": "已婚", "补办结婚": "已婚", "复婚": "复婚", "离婚": "离婚"}
    groups = {c.parent for c in book.codes("MARRIAGE_REGISTRATION_KIND") if c.parent}
    silent = {name for code, name in kinds.items() if code not in groups and code not in STATUS_AFTER}
    # A reissue or a record of what is says nothing new; what an annulment leaves is not known from the row.
    assert silent == {"补领结婚证", "补领离婚证", "撤销", "出具婚姻登记记录证明"}


def test_a_place_is_of_a_class_of_the_standard_and_its_name_fits(feed, staged):
    if feed.place:
        assert feed.place.class_code in {c.code for c in code_book().codes("PLACE_CLASS") if c.parent}
        limit = element(staged[feed.place.name.name]).max_length
        assert limit and limit <= Place._meta.get_field("name").max_length
        assert CHINESE.search(feed.place.label)


def test_spouses_are_a_man_and_a_woman():
    husband, wife = FEEDS["marriages"].persons
    book = code_book()
    said = {p.label: book.label(CODED["sex_code"], p.says["sex_code"].value) for p in (husband, wife)}
    assert said == {"男方": "男性", "女方": "女性"}
    assert (
        husband.says["marital_status_code"] == ByCode(KIND, STATUS_AFTER) == wife.says["marital_status_code"]
    )


def test_who_is_believed_on_what():
    """The police on who someone is, the registry on marriage, the funeral home on death; an assistance file last."""
    ranks: dict[str, dict[str, int]] = {}
    for feed in FEEDS.values():
        for party in feed.persons:
            for attribute in party.says:
                ranks.setdefault(attribute, {})[feed.key] = party.authority.get(attribute, 50)
    first = {attribute: min(said, key=said.__getitem__) for attribute, said in ranks.items()}
    assert {
        first[a] for a in ("name", "id_number", "birth_date", "hukou_division_code", "household_key")
    } == {"persons"}
    assert first["marital_status_code"] == "marriages" and first["death_date"] == "cremations"
    assert max(ranks["hukou_division_code"], key=ranks["hukou_division_code"].__getitem__) != "persons"


def test_only_a_bare_name_does_not_make_a_person(feed):
    """Someone known by name and phone alone is kept with the record, not entered in the register."""
    for party in feed.persons:
        if "id_number" not in party.says:
            assert not party.creates, party.role
