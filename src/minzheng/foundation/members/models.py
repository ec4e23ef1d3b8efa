"""Who exchanges (成员)."""

from django.db import models

from minzheng.foundation.access.row_security import Everyone


class Member(models.Model):
    """A node or a department, with the keys it is known by (交换成员). No personal data.

    ``code``: the division code of a node (``330106``), or a department's own code. ``sign_key`` and ``seal_key``: SM2 public
    keys, 128 hex digits. ``certificate``: the TLS certificate it shows, PEM. A former key stays in ``former_keys`` as
    ``[{"sign_key": …, "until": …}]``, so that what was signed with it can still be checked.
    """

    NODE, DEPARTMENT = "node", "department"
    row_scope = Everyone("成员名称、地址和公钥, 不含个人信息")

    code = models.CharField("成员代码", max_length=32, primary_key=True)
    name = models.CharField("名称", max_length=100)
    kind = models.CharField("类型", max_length=10, choices=[(NODE, "节点"), (DEPARTMENT, "部门")])
    division_code = models.CharField("区划", max_length=12)
    upper_code = models.CharField("上级成员", max_length=32, blank=True)
    hosted = models.JSONField("代建区划", default=list)  # counties a city's node keeps for them
    address = models.CharField("地址", max_length=200, blank=True)
    sign_key = models.CharField("签名公钥", max_length=128)
    seal_key = models.CharField("封装公钥", max_length=128, blank=True)
    certificate = models.TextField("TLS 证书", blank=True)
    former_keys = models.JSONField("历史公钥", default=list)
    valid_from = models.DateTimeField("有效起")
    valid_to = models.DateTimeField("有效止")
    revoked_at = models.DateTimeField("吊销时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "交换成员"

    def __str__(self) -> str:
        return f"{self.name} ({self.code})"
