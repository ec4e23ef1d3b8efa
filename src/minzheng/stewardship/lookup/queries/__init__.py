"""What is asked of the registers by one search (综合查询). Every listing takes a ``Scope`` and shows nothing outside it."""

from minzheng.stewardship.lookup.queries.households import household_of, household_record
from minzheng.stewardship.lookup.queries.located import (
    where_household,
    where_organisation,
    where_person,
    where_place,
)
from minzheng.stewardship.lookup.queries.maps import is_drawn, map_around, place_map
from minzheng.stewardship.lookup.queries.organisation_pages import organisation_record
from minzheng.stewardship.lookup.queries.organisations import find_organisations
from minzheng.stewardship.lookup.queries.persons import find_persons
from minzheng.stewardship.lookup.queries.place_dealings import place_dealings
from minzheng.stewardship.lookup.queries.place_pages import division_place, place_hit, place_record
from minzheng.stewardship.lookup.queries.places import find_places
from minzheng.stewardship.lookup.queries.saved import saved_search, saved_searches

__all__ = [
    "division_place",
    "find_organisations",
    "find_persons",
    "find_places",
    "household_of",
    "household_record",
    "is_drawn",
    "map_around",
    "organisation_record",
    "place_dealings",
    "place_hit",
    "place_map",
    "place_record",
    "saved_search",
    "saved_searches",
    "where_household",
    "where_organisation",
    "where_person",
    "where_place",
]
