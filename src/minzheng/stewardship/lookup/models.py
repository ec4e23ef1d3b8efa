"""What looking up keeps (查询所存): the names there are, and the searches a user saved."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from minzheng.foundation.access.row_security import Everyone, Own


class KnownName(models.Model):
    """A folded name once, whoever bears it (名称).

    ``units`` are what a part is found by: every character, and ``=`` with the first two and with all initials of the
    pinyin. A name says nothing of where its bearers live: whom a user sees is decided where the persons are read.
    """

    name_key = models.CharField("检索键", max_length=200, primary_key=True)
    name_pinyin = models.CharField("拼音", max_length=400)
    units = ArrayField(models.TextField(), verbose_name="检索单元")

    row_scope = Everyone("a word list: it ties no name to a person, an organisation or a division")

    class Meta:
        abstract = True


class PersonName(KnownName):
    """A name some person of the register has or had (人员姓名). Personal data: the name, tied to no one."""

    class Meta:
        verbose_name = "人员姓名"
        indexes = [GinIndex(fields=["units"], name="lookup_person_name_units")]


class OrganisationName(KnownName):
    """A name some organisation of the register has or had (机构名称). No personal data."""

    class Meta:
        verbose_name = "机构名称"
        indexes = [GinIndex(fields=["units"], name="lookup_org_name_units")]


class NameCharacter(models.Model):
    """A character that stands in some known name, with one of its readings (名称用字). No personal data.

    Pinyin is turned into these characters and no others: a syllable may stand for six hundred, of which names use twenty.
    """

    character = models.CharField("字", max_length=1)
    syllable = models.CharField("音节", max_length=10)

    row_scope = Everyone("characters, tied to nothing")

    class Meta:
        verbose_name = "名称用字"
        constraints = [
            models.UniqueConstraint(fields=["character", "syllable"], name="lookup_character_once")
        ]
        indexes = [models.Index(fields=["syllable"], name="lookup_character_syllable")]


class SavedSearch(models.Model):
    """A search a user keeps to run again (常用查询). Personal data: ``query_cipher`` (sealed: what was typed, and the filters).

    Seen by its user alone; ``division_code`` is the user's at the time.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="账号"
    )
    division_code = models.CharField("区划", max_length=12)
    name = models.CharField("名称", max_length=40)
    query_cipher = models.BinaryField("查询条件")
    created_at = models.DateTimeField("建立时间")

    row_scope = Own()

    class Meta:
        verbose_name = "常用查询"
        constraints = [models.UniqueConstraint(fields=["user", "name"], name="lookup_saved_name")]
