from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("societies", "0002_closed_records"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="society",
            index=models.Index(
                fields=["happened_on", "division_code"],
                name="society_month",
                opclasses=["date_ops", "varchar_pattern_ops"],
            ),
        ),
    ]
