"""What is kept of an allowance."""

from django.db import models

from minzheng.registry.models import BusinessRecord


class AllowancePayment(BusinessRecord):
    """One member's place in one month's payment of a household's allowance (低保发放记录).

    ``monthly_amount_fen`` is the household's amount for the month, in fen, as the source states it on each member's row.
    Personal data: ``certificate_no``, the bank account (sealed; blind index to find accounts shared by households).
    """

    certificate_no = models.CharField("低保证号", max_length=40)
    benefit_month = models.CharField("发放月份", max_length=6)
    monthly_amount_fen = models.BigIntegerField("月保障金额")
    bank_account_cipher = models.BinaryField("银行卡号", null=True)
    bank_account_blind = models.UUIDField("银行卡盲索引", null=True)

    class Meta(BusinessRecord.Meta):
        verbose_name = "低保发放"
        indexes = [
            *BusinessRecord.Meta.indexes,
            models.Index(fields=["certificate_no", "benefit_month"], name="allowance_certificate_month"),
            # Whether an account serves two households is read off its first and last certificate.
            models.Index(
                fields=["bank_account_blind", "certificate_no"],
                name="allowance_account_household",
                condition=models.Q(recorded_to__isnull=True, bank_account_blind__isnull=False),
            ),
        ]
