"""What is asked of the registers by one search (综合查询). Every listing takes a ``Scope`` and shows nothing outside it."""

from minzheng.stewardship.lookup.queries.organisations import find_organisations
from minzheng.stewardship.lookup.queries.persons import find_persons
from minzheng.stewardship.lookup.queries.places import find_places
from minzheng.stewardship.lookup.queries.saved import saved_search, saved_searches

__all__ = ["find_organisations", "find_persons", "find_places", "saved_search", "saved_searches"]
