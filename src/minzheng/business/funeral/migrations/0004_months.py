from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("funeral", "0003_closed_records"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="cremation",
            index=models.Index(
                fields=["happened_on", "division_code"],
                name="cremation_month",
                opclasses=["date_ops", "varchar_pattern_ops"],
            ),
        ),
    ]
