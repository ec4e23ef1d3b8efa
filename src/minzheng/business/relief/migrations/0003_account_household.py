from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("relief", "0002_signal_indexes"),
    ]

    operations = [
        migrations.RemoveIndex(model_name="allowancepayment", name="allowance_account"),
        migrations.AddIndex(
            model_name="allowancepayment",
            index=models.Index(
                condition=models.Q(("bank_account_blind__isnull", False), ("recorded_to__isnull", True)),
                fields=["bank_account_blind", "certificate_no"],
                name="allowance_account_household",
            ),
        ),
    ]
