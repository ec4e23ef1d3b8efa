"""What is done in review (待核办理): the only writer. ``rows`` on rows that wait, ``persons`` on links, ``second`` four eyes,
``finishing`` what a process that died left."""

from minzheng.stewardship.review.services.finishing import finish_left
from minzheng.stewardship.review.services.persons import join_persons, split_person
from minzheng.stewardship.review.services.rows import assign, decide, release
from minzheng.stewardship.review.services.second import approve, reject, undo
from minzheng.stewardship.review.services.writing import ReviewError

__all__ = [
    "ReviewError",
    "approve",
    "assign",
    "decide",
    "finish_left",
    "join_persons",
    "reject",
    "release",
    "split_person",
    "undo",
]
