from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0005_hand_changes"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="personclaim",
            index=models.Index(
                condition=models.Q(("recorded_to__isnull", True), ("role", "member")),
                fields=["person_id", "valid_from", "record_id"],
                name="person_claim_member",
            ),
        ),
        migrations.AddIndex(
            model_name="personclaim",
            index=models.Index(
                condition=models.Q(("death_date__isnull", False), ("recorded_to__isnull", True)),
                fields=["person_id"],
                name="person_claim_death",
            ),
        ),
    ]
