"""The tables: each says which columns are personal data, has a Chinese name, keeps the house's column names."""

import re

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import models

from minzheng.foundation.access.row_security import scope_of

CHINESE = re.compile("[㐀-鿿]")
PRIVACY = re.compile(r"personal\s+data", re.IGNORECASE)
# Fields that hold a number which is neither money nor an exact quantity.
FLOATS = {"score", "progress", "longitude", "latitude"}
NOT_TIMES = {"starts_at": "the event from which a time limit counts, in words"}
OURS = [model for model in apps.get_models() if model.__module__.startswith("minzheng.")]


def own_fields(model: type[models.Model]) -> list[models.Field]:
    return [*model._meta.local_fields, *model._meta.local_many_to_many]


@pytest.mark.parametrize("model", OURS, ids=lambda model: model._meta.label)
def test_a_table_says_what_is_personal_and_is_named_in_chinese(model):
    said = vars(model).get("__doc__") or ""
    assert PRIVACY.search(said), "the docstring says which columns are personal data, or that none are"
    assert CHINESE.search(said.split("\n")[0]), "the Chinese term stands in the docstring's first line"
    assert CHINESE.search(str(model._meta.verbose_name))
    unnamed = [
        field.name
        for field in own_fields(model)
        if not field.primary_key and not CHINESE.search(str(field.verbose_name))
    ]
    assert not unnamed, f"no Chinese verbose_name: {unnamed}"


@pytest.mark.parametrize("model", OURS, ids=lambda model: model._meta.label)
def test_choices_are_shown_in_chinese(model):
    english = [
        f"{field.name}: {label}"
        for field in own_fields(model)
        for value, label in field.flatchoices or ()
        if not CHINESE.search(str(label)) and str(label) not in (value, "PostgreSQL", "MySQL")
    ]
    assert not english


@pytest.mark.parametrize("model", OURS, ids=lambda model: model._meta.label)
def test_what_is_sealed_is_called_personal(model):
    """A column with a cipher holds what someone must not read: the docstring may not say there is nothing."""
    sealed = {f.name for f in own_fields(model) if f.name.endswith(("_cipher", "_blind"))} - {"url_cipher"}
    if sealed:
        assert not re.search(
            r"no personal\s+data|not personal\s+data|personal\s+data: none", model.__doc__, re.I
        )


@pytest.mark.parametrize("model", OURS, ids=lambda model: model._meta.label)
def test_columns_are_named_and_typed_as_the_house_does(model):
    wrong = []
    for field in own_fields(model):
        kind = type(field)
        if field.name.endswith("_fen") and kind is not models.BigIntegerField:
            wrong.append(f"{field.name}: money is integer fen")
        if kind is models.FloatField and field.name not in FLOATS:
            wrong.append(f"{field.name}: a float")
        if field.name.endswith("_at") and field.name not in NOT_TIMES and kind is not models.DateTimeField:
            wrong.append(f"{field.name}: _at is a time stamp")
        if field.name.endswith("_on") and kind is not models.DateField:
            wrong.append(f"{field.name}: _on is a day")
        if field.name.endswith("_code") and not isinstance(field, models.CharField):
            wrong.append(f"{field.name}: _code is text")
    assert not wrong


@pytest.mark.parametrize("model", OURS, ids=lambda model: model._meta.label)
def test_no_door_back_across_boxes(model):
    """A foreign key into another box leaves no accessor there."""
    back = [
        field.name
        for field in own_fields(model)
        if isinstance(field, models.ForeignKey)
        and field.related_model._meta.app_label != model._meta.app_label
        and not field.remote_field.related_name.endswith("+")
    ]
    assert not back


@pytest.mark.parametrize("model", OURS, ids=lambda model: model._meta.label)
def test_a_table_says_whose_its_rows_are(model):
    """``row_scope``, see ``foundation.access.row_security``: the database holds every page to it."""
    assert scope_of(model) is not None, (
        "say whose rows these are: row_scope = ByDivision(), Through(…), Everyone(why) …"
    )


@pytest.mark.django_db
def test_the_migrations_are_complete():
    call_command("makemigrations", check=True, dry_run=True, verbosity=1)
