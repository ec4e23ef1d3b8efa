"""The audit trail only grows, whoever asks."""

import pytest
from django.db import DatabaseError, connection, transaction

from minzheng.foundation.accounts.models import User
from minzheng.foundation.audit.models import AuditEntry
from minzheng.foundation.audit.services import record

pytestmark = pytest.mark.django_db


@pytest.fixture
def entry():
    return record(by=None, action="person.reveal", object_kind="person", object_id="p1", purpose="核对低保")


@pytest.mark.parametrize("statement", ["UPDATE {} SET purpose = ''", "DELETE FROM {}", "TRUNCATE {}"])
def test_the_database_refuses_to_change_it(entry, statement):
    with connection.cursor() as cursor:
        # Test databases may switch the TRUNCATE trigger off to empty themselves; a node never does.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE foundation_auditentry ENABLE TRIGGER USER")
        with pytest.raises(DatabaseError, match="只增不改"), transaction.atomic():
            cursor.execute(statement.format("foundation_auditentry"))
    assert AuditEntry.objects.get(pk=entry.pk).purpose == "核对低保"


def test_the_model_refuses_too(entry):
    entry.purpose = "x"
    with pytest.raises(TypeError):
        entry.save()
    with pytest.raises(TypeError):
        entry.delete()


def test_an_entry_keeps_the_name_and_division_of_its_moment():
    user = User.objects.create_user("a", display_name="李敏", division_code="330106")
    record(by=user, action="x", object_kind="y", object_id=1)
    User.objects.update(display_name="换名", division_code="330100")
    entry = AuditEntry.objects.get(user=user)
    assert (entry.user_name, entry.division_code) == ("李敏", "330106")


def test_one_act_is_one_statement(django_assert_num_queries):
    with django_assert_num_queries(1):
        record(by=None, action="x", object_kind="y", object_id=1, detail={"columns": ["phone"]})


def test_someone_at_the_command_line_is_kept_by_name():
    entry = record(by="root", action="x", object_kind="y", object_id=1)
    assert (entry.user, entry.user_name, entry.division_code) == (None, "root", "330000")
