from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("marriage", "0004_keys_apart"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="registration",
            index=models.Index(
                fields=["happened_on", "division_code"],
                name="registration_month",
                opclasses=["date_ops", "varchar_pattern_ops"],
            ),
        ),
    ]
