"""Words whose effect stands and which are not written down yet (未写完的处置)."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("review", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="Unfinished",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("batch_id", models.UUIDField(verbose_name="批次")),
                ("row_no", models.IntegerField(verbose_name="行号")),
                ("said", models.JSONField(verbose_name="处置")),
                ("division_code", models.CharField(max_length=12, null=True, verbose_name="属地")),
            ],
            options={
                "verbose_name": "未写完的处置",
                "verbose_name_plural": "未写完的处置",
                "constraints": [
                    models.UniqueConstraint(fields=["batch_id", "row_no"], name="unfinished_once")
                ],
            },
        ),
    ]
