"""The tables of the exchange between nodes (节点间交换的表)."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from minzheng.foundation.access.row_security import ByDivision, NodeOnly, Through
from minzheng.sharing.between.terms import Direction, GapKind, Received


class Dispatch(models.Model):
    """An outbox entry's place in the stream to one member (待发). Holds identities, no personal data.

    ``batch_seq`` is the batch it went with; gone once that batch is acknowledged.
    """

    row_scope = NodeOnly("what is on its way to another node, for the node alone")

    id = models.BigAutoField(primary_key=True)
    peer_code = models.CharField("成员", max_length=32)
    data_set = models.CharField("数据集", max_length=40)
    operation = models.CharField("操作", max_length=10)
    division_code = models.CharField("属地", max_length=12)
    former_code = models.CharField("原属地", max_length=12, db_default="")
    subject_ids = ArrayField(models.UUIDField(), verbose_name="对象标识")
    changed_by = models.UUIDField("批次", null=True)
    changed_at = models.DateTimeField("变更时间")
    batch_seq = models.BigIntegerField("批号", null=True)

    class Meta:
        verbose_name = "待发"
        indexes = [
            models.Index(fields=["peer_code", "id"], name="dispatch_waiting", condition=Q(batch_seq=None)),
            models.Index(fields=["peer_code", "batch_seq"], name="dispatch_sent"),
        ]


class Partly(models.Model):
    """A person of whom a lower node has a part though he is registered elsewhere (部分持有). Holds identities, no personal data.

    It hears where he is registered whenever that changes. Written before the batch is made, or as its own is entered.
    """

    row_scope = NodeOnly("whom to tell of a move, for the node alone")

    id = models.BigAutoField(primary_key=True)
    peer_code = models.CharField("成员", max_length=32)
    person_id = models.UUIDField("人员")

    class Meta:
        verbose_name = "部分持有"
        constraints = [models.UniqueConstraint(fields=["person_id", "peer_code"], name="between_partly_once")]


class Batch(models.Model):
    """One signed batch, sent or received (交换批): the log both sides keep. Its body lies in a sealed file.

    ``head`` is what was signed, with the sender's signature; ``state`` of a received one says how far it is; a refused one
    is kept with its reason. ``acknowledged_at``: the receiver has it in its register. ``body_removed_at``: its body was past
    its time (``keeping``). No personal data; the body has it.
    """

    row_scope = NodeOnly("the exchange's own log; pages ask it as the node")

    id = models.BigAutoField(primary_key=True)
    direction = models.CharField("方向", max_length=3, choices=Direction.choices)
    peer_code = models.CharField("成员", max_length=32)
    seq = models.BigIntegerField("批号")
    head = models.JSONField("批头")
    signature = models.CharField("签名", max_length=200)
    lines = models.IntegerField("行数")
    size = models.BigIntegerField("字节数")
    root = models.CharField("根摘要", max_length=64)
    file = models.CharField("文件", max_length=200, blank=True)
    made_at = models.DateTimeField("签发时间")
    came_at = models.DateTimeField("收到时间", null=True)
    acknowledged_at = models.DateTimeField("确认时间", null=True)
    state = models.CharField("状态", max_length=10, blank=True, choices=Received.choices)
    problem = models.CharField("拒收原因", max_length=300, blank=True)
    body_removed_at = models.DateTimeField("批体清除时间", null=True)
    counts = models.JSONField("计数", default=dict)

    class Meta:
        verbose_name = "交换批"
        constraints = [
            models.UniqueConstraint(
                fields=["direction", "peer_code", "seq"],
                name="between_batch_once",
                condition=~Q(state="refused"),
            )
        ]
        indexes = [models.Index(fields=["direction", "peer_code", "-seq"], name="between_batch_last")]


class Completeness(models.Model):
    """What one check found of a data set and division of a lower node (回流完整性). No personal data.

    ``expected`` items the upper node holds of it, ``held`` those that are the same at the lower one, ``missing`` there or not
    the same, ``extra`` only there; ``in_flight`` subjects that were on their way either way. ``peer_code``: the lower node.
    """

    row_scope = ByDivision()

    id = models.BigAutoField(primary_key=True)
    peer_code = models.CharField("成员", max_length=32)
    checked_at = models.DateTimeField("核对时间")
    data_set = models.CharField("数据集", max_length=40)
    division_code = models.CharField("区划", max_length=12)
    expected = models.BigIntegerField("应有")
    held = models.BigIntegerField("已有")
    missing = models.BigIntegerField("缺")
    extra = models.BigIntegerField("多")
    in_flight = models.BigIntegerField("在途")

    class Meta:
        verbose_name = "回流完整性"
        indexes = [models.Index(fields=["peer_code", "-checked_at"], name="between_complete_last")]


class Gap(models.Model):
    """An item that the last check found missing or extra (差异项). Holds identities, no personal data."""

    row_scope = Through("between.Completeness", "of_id")

    id = models.BigAutoField(primary_key=True)
    of = models.ForeignKey(Completeness, verbose_name="核对", on_delete=models.CASCADE, related_name="+")
    kind = models.CharField("差异", max_length=8, choices=GapKind.choices)
    item_id = models.UUIDField("标识")
    subject_id = models.UUIDField("对象")

    class Meta:
        verbose_name = "差异项"


class Road(models.Model):
    """How the road to one member does (道路): what its two ends last said. No personal data."""

    row_scope = NodeOnly("the node's own view of its peers")

    peer_code = models.CharField("成员", max_length=32, primary_key=True)
    tried_at = models.DateTimeField("最近尝试", null=True)
    reached_at = models.DateTimeField("最近连通", null=True)
    problem = models.CharField("问题", max_length=300, blank=True)
    clock_ahead_ms = models.BigIntegerField("对方时钟快", null=True)
    waiting = models.BigIntegerField("对方积压", null=True)

    class Meta:
        verbose_name = "道路"


class Configuration(models.Model):
    """One version of the province's signed list of members (全域配置). No personal data."""

    row_scope = NodeOnly("the signed list; its members are shown from their own table")

    version = models.IntegerField("版本", primary_key=True)
    document = models.JSONField("内容")
    signature = models.CharField("签名", max_length=200)
    taken_at = models.DateTimeField("启用时间")

    class Meta:
        verbose_name = "全域配置"


class Move(models.Model):
    """A county's way from its host to a node of its own (县级迁出). No personal data.

    At the host: ``copying`` while the streams bring it what there is, ``cut`` once its accounts here are closed, ``done`` when it
    has everything. ``last_dispatch``: what was on its way at the cut. At the county: the same row, by what the host says.
    """

    COPYING, CUT, DONE, ABORTED = "copying", "cut", "done", "aborted"
    row_scope = NodeOnly("the exchange's own state")

    county_code = models.CharField("县", max_length=12, primary_key=True)
    state = models.CharField(
        "状态", max_length=10,
        choices=[(COPYING, "复制中"), (CUT, "切换中"), (DONE, "已迁出"), (ABORTED, "已中止")],
    )  # fmt: skip
    subjects = models.BigIntegerField("对象数", default=0)
    with_accounts = models.BooleanField("带账号", default=False)
    last_dispatch = models.BigIntegerField("切换时的最后待发", null=True)
    began_at = models.DateTimeField("开始时间")
    cut_at = models.DateTimeField("切换时间", null=True)
    done_at = models.DateTimeField("完成时间", null=True)
    counts = models.JSONField("随迁行数", default=dict)
    by_name = models.CharField("经办", max_length=64)

    class Meta:
        verbose_name = "县级迁出"


class MovedRow(models.Model):
    """Which row of the host a row here is (迁来的行), so that what comes twice is entered once. No personal data."""

    row_scope = NodeOnly("numbers of rows, for the node alone")

    id = models.BigAutoField(primary_key=True)
    table = models.CharField("表", max_length=63)
    there = models.CharField("原标识", max_length=64)
    here = models.CharField("现标识", max_length=64)

    class Meta:
        verbose_name = "迁来的行"
        constraints = [models.UniqueConstraint(fields=["table", "there"], name="between_moved_row_once")]


class Told(models.Model):
    """What two members last told each other beside the streams (控制面往来): standards and the documents of the catalogue.

    ``kind``: ``standards`` or a kind of document; ``digest`` of what was last sent or taken. No personal data.
    """

    row_scope = NodeOnly("the exchange's own state")

    id = models.BigAutoField(primary_key=True)
    direction = models.CharField("方向", max_length=3, choices=Direction.choices)
    peer_code = models.CharField("成员", max_length=32)
    kind = models.CharField("种类", max_length=40)
    digest = models.CharField("内容摘要", max_length=64, blank=True)
    at = models.DateTimeField("时间")
    problem = models.CharField("问题", max_length=300, blank=True)
    document = models.JSONField("内容", null=True)  # what is passed on unaltered: the province's catalogue

    class Meta:
        verbose_name = "控制面往来"
        constraints = [
            models.UniqueConstraint(fields=["direction", "peer_code", "kind"], name="between_told_once")
        ]
