"""Where the level above has someone registered (上级所说的属地)."""

from django.db import models

from minzheng.foundation.access.row_security import NodeOnly


class HomeElsewhere(models.Model):
    """A person of whom this node has only a part, and where the level above says he is registered (属地在外).

    What is here of such a person cannot decide where he belongs: his golden row takes the division from here. Gone as soon
    as the level above says that he is this node's own. Personal data: ``division_code`` of ``person_id``.
    """

    row_scope = NodeOnly("read when golden rows are computed; pages see its division in the person's row")

    person_id = models.UUIDField("人员", primary_key=True)
    division_code = models.CharField("户籍区划", max_length=12)
    said_by = models.CharField("所据成员", max_length=32)
    said_at = models.DateTimeField("告知时间")

    class Meta:
        verbose_name = "属地在外"
