from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("relief", "0003_account_household"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="allowancepayment",
            index=models.Index(
                fields=["happened_on", "division_code"],
                name="allowancepayment_month",
                opclasses=["date_ops", "varchar_pattern_ops"],
            ),
        ),
    ]
