"""Revocations are found among millions (撤销索引)."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("marriage", "0002_closed_records")]

    operations = [
        migrations.AddIndex(
            model_name="registration",
            index=models.Index(
                fields=["kind_code"], name="marriage_revocation", condition=models.Q(kind_code="41")
            ),
        ),
    ]
