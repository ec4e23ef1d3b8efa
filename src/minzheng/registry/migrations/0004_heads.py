from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("registry", "0003_signal_indexes"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="personclaim",
            index=models.Index(
                condition=models.Q(("recorded_to__isnull", True), ("role", "head")),
                fields=["person_id", "valid_from"],
                name="person_claim_head",
            ),
        ),
    ]
