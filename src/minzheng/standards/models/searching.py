"""Everything of the standards that can be searched for (检索条目)."""

from django.db import models

from minzheng.standards.models.base import Published


class SearchEntry(Published):
    """One thing that can be found by Chinese, code or pinyin (检索条目). Derived at publication. Personal
    data: none.

    ``pinyin`` is without tones and blanks (``hangzhoushi``), ``initials`` its first letters (``hzs``).
    """

    kind = models.CharField("种类", max_length=32)
    key = models.CharField("键", max_length=200)
    title = models.CharField("名称", max_length=300)
    detail = models.CharField("所属", max_length=300, blank=True)
    pinyin = models.CharField("拼音", max_length=1000, blank=True)
    initials = models.CharField("首字母", max_length=300, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "检索条目"
        indexes = [models.Index(fields=["kind"], name="search_entry_kind")]
