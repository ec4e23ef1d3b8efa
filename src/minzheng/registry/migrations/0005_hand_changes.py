"""Changes by hand are written down until they have been looked at (待跟进的人工变更)."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("registry", "0004_heads")]

    operations = [
        migrations.CreateModel(
            name="HandChange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "person_ids",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.UUIDField(), size=None, verbose_name="涉及人员"
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="变更时间")),
            ],
            options={"verbose_name": "待跟进的人工变更", "verbose_name_plural": "待跟进的人工变更"},
        ),
    ]
