"""Persons (民政对象库)."""

from django.db import models
from django.db.models import Q

from minzheng.foundation.access.row_security import ByDivision, Through
from minzheng.registry.models.claim import Claim


class PersonAttributes(models.Model):
    """What is stated of a person (人员属性). Personal data: all of it.

    Sealed: ID number, phone, both addresses; each with a blind index where it is searched or compared.
    """

    name = models.CharField("姓名", max_length=100, null=True)
    name_key = models.CharField("姓名检索键", max_length=100, null=True)
    name_pinyin = models.CharField("姓名拼音", max_length=200, null=True)
    id_number_cipher = models.BinaryField("公民身份号码", null=True)
    id_number_blind = models.UUIDField("号码盲索引", null=True)
    sex_code = models.CharField("性别", max_length=1, null=True)
    birth_date = models.DateField("出生日期", null=True)
    ethnic_code = models.CharField("民族", max_length=2, null=True)
    hukou_division_code = models.CharField("户籍区划", max_length=12, null=True)
    hukou_address_cipher = models.BinaryField("户籍地址", null=True)
    hukou_address_blind = models.UUIDField("户籍地址盲索引", null=True)
    residence_address_cipher = models.BinaryField("现居地址", null=True)
    phone_cipher = models.BinaryField("联系电话", null=True)
    phone_blind = models.UUIDField("电话盲索引", null=True)
    marital_status_code = models.CharField("婚姻状况", max_length=2, null=True)
    education_code = models.CharField("文化程度", max_length=2, null=True)
    relation_to_head_code = models.CharField("与户主关系", max_length=2, null=True)
    household_id = models.UUIDField("户", null=True)
    death_date = models.DateField("死亡日期", null=True)

    class Meta:
        abstract = True


class Person(PersonAttributes):
    """The golden row of one person (人员主档). Personal data: every column but the identity and the time stamps.

    ``id`` is a UUIDv7, never reused. ``superseded_by`` names the person this one turned out to be.
    """

    row_scope = ByDivision("hukou_division_code")

    id = models.UUIDField(primary_key=True)
    superseded_by = models.UUIDField("并入", null=True)
    created_at = models.DateTimeField("建档时间")
    updated_at = models.DateTimeField("更新时间")

    class Meta:
        verbose_name = "人员"
        indexes = [
            models.Index(fields=["id_number_blind"], name="person_id_number"),
            # With the division: those who bear a name in one county are found without reading its bearers elsewhere.
            models.Index(
                fields=["name_key", "hukou_division_code"],
                name="person_name_division",
                opclasses=["varchar_pattern_ops", "varchar_pattern_ops"],
            ),
            models.Index(fields=["birth_date"], name="person_birth"),
            models.Index(fields=["phone_blind"], name="person_phone"),
            models.Index(fields=["household_id"], name="person_household"),
            models.Index(
                fields=["hukou_division_code"], name="person_division", opclasses=["varchar_pattern_ops"]
            ),
            models.Index(fields=["death_date"], name="person_death", condition=Q(death_date__isnull=False)),
            models.Index(
                fields=["hukou_address_blind"],
                name="person_hukou_address",
                condition=Q(hukou_address_blind__isnull=False),
            ),
            models.Index(
                fields=["superseded_by"],
                name="person_superseded",
                condition=Q(superseded_by__isnull=False),
            ),
        ]


class PersonClaim(PersonAttributes, Claim):
    """What one source record says about one person (人员来源主张). Personal data: the attribute columns and ``extra_cipher``."""

    row_scope = Through("registry.Person", "person_id")

    person_id = models.UUIDField("人员")
    extra_cipher = models.BinaryField("标准外的列", null=True)

    class Meta:
        verbose_name = "人员来源主张"
        indexes = [
            models.Index(fields=["person_id"], name="person_claim_person"),
            models.Index(
                fields=["digest"], name="person_claim_digest", condition=Q(recorded_to__isnull=True)
            ),
            models.Index(
                fields=["record_id"], name="person_claim_record", condition=Q(record_id__isnull=False)
            ),
            models.Index(
                fields=["recorded_to"], name="person_claim_closed", condition=Q(recorded_to__isnull=False)
            ),
            # What registries say of a person's marital status: few of many claims, asked for by every check on households.
            models.Index(
                fields=["person_id", "valid_from"],
                name="person_claim_marital",
                condition=Q(
                    recorded_to__isnull=True, record_id__isnull=False, marital_status_code__isnull=False
                ),
            ),
            # When someone was last told to head a household: read without going through years of payments.
            models.Index(
                fields=["person_id", "valid_from"],
                name="person_claim_head",
                condition=Q(recorded_to__isnull=True, role="head"),
            ),
            # When someone was listed as a household's member, and by which record: checks read this, not the claims.
            models.Index(
                fields=["person_id", "valid_from", "record_id"],
                name="person_claim_member",
                condition=Q(recorded_to__isnull=True, role="member"),
            ),
            models.Index(
                fields=["person_id"],
                name="person_claim_death",
                condition=Q(recorded_to__isnull=True, death_date__isnull=False),
            ),
        ]
