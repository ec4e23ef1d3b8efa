"""What is kept of a comparison made on the page (比对任务), until the day it is deleted."""

from django.db import models

from minzheng.foundation.access.row_security import Own, Through
from minzheng.foundation.accounts.models import User
from minzheng.stewardship.compare.terms import State


class CompareRun(models.Model):
    """A comparison someone asked for (比对任务). Personal data: file names may hold a person's name; the lists lie sealed.

    ``spec`` is the mapping of columns, ``headings`` and ``guessed`` what the page offers before it is said, ``figures``
    counts, lines (bits) and the histogram. Seen by whoever made it and by no one else.
    """

    row_scope = Own()

    id = models.UUIDField("标识", primary_key=True)
    user = models.ForeignKey(User, models.CASCADE, related_name="+", verbose_name="经办人")
    division_code = models.CharField("区划", max_length=12)
    state = models.CharField("状态", max_length=10, choices=State.choices)
    left_name = models.CharField("左表文件名", max_length=255)
    right_name = models.CharField("右表文件名", max_length=255, blank=True)
    headings = models.JSONField("列名", default=dict)
    guessed = models.JSONField("推测的对应", default=dict)
    spec = models.JSONField("列对应", default=dict)
    one_to_one = models.BooleanField("一对一", default=False)
    purpose = models.CharField("用途", max_length=200, blank=True)
    step = models.CharField("步骤", max_length=20, blank=True)
    progress = models.FloatField("进度", default=0.0)
    problem = models.CharField("原因", max_length=500, blank=True)
    figures = models.JSONField("结果数字", default=dict)
    created_at = models.DateTimeField("上传时间")
    heartbeat_at = models.DateTimeField("最近动静", null=True)
    finished_at = models.DateTimeField("完成时间", null=True)
    expires_at = models.DateTimeField("删除时间")

    class Meta:
        verbose_name = "比对任务"
        indexes = [
            models.Index(fields=["user", "-created_at"], name="compare_run_mine"),
            models.Index(fields=["expires_at"], name="compare_run_expiry"),
        ]

    @property
    def over(self) -> bool:
        """Whether nothing more will happen by itself (是否结束)."""
        return self.state in (State.FINISHED, State.FAILED)

    @property
    def under_way(self) -> bool:
        """Whether a worker has it or will (是否进行中)."""
        return self.state in (State.WAITING, State.RUNNING)

    @property
    def line(self) -> float:
        """Bits from which a pair counts as the same (判定线): moved by whoever looks, else as the scores gave it."""
        return float(self.figures.get("line", self.figures.get("link_from", 0.0)))


class ComparePair(models.Model):
    """Two rows worth a look (比对结果). Personal data: ``cells_cipher`` holds both rows, sealed."""

    row_scope = Through("compare.CompareRun", "run_id")

    run = models.ForeignKey(CompareRun, models.CASCADE, related_name="pairs", verbose_name="比对任务")
    nth = models.IntegerField("序号")
    milli_bits = models.IntegerField("权重 (千分之一)")
    rule = models.CharField("依据", max_length=20)
    forced = models.CharField("规则结论", max_length=10, blank=True)
    levels = models.JSONField("各列比较")
    cells_cipher = models.BinaryField("两行内容")

    class Meta:
        verbose_name = "比对结果"
        constraints = [models.UniqueConstraint(fields=["run", "nth"], name="compare_pair_nth")]
        indexes = [models.Index(fields=["run", "forced", "milli_bits"], name="compare_pair_bits")]
