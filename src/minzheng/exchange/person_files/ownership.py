"""Whose a file is (附件归属): that of the person or the record on which it hangs."""

from django.db import models

from minzheng.exchange.declare import feeds
from minzheng.exchange.person_files.reading import PERSON
from minzheng.foundation.access.row_security import AnyOf, Through


class OnWhatItHangs:
    """Row-level security of attachments, by what the rooms declare (附件的行级安全)."""

    def condition(self, model: type[models.Model], *, whole: bool) -> str:
        """The person's policy for what hangs on a person, the record's for what hangs on a record."""
        hooks = [Through("registry.Person", "subject_id", where=f"{{t}}.subject_kind = '{PERSON}'")]
        for feed in feeds().values():
            if feed.record is not None:
                where = f"{{t}}.subject_kind = '{feed.key}' AND o.recorded_to IS NULL"
                hooks.append(Through(feed.record._meta.label, "subject_id", "key_digest", where))
        return AnyOf(*hooks).condition(model, whole=whole)
