from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("exchange", "0003_batch_followed_at")]
    operations = [
        migrations.RemoveIndex("reviewitem", "review_digest"),
        migrations.AddIndex(
            "reviewitem",
            models.Index(fields=["digest"], name="review_waiting_digest", condition=~models.Q(state="decided")),
        ),
        migrations.AddIndex(
            "reviewitem",
            models.Index(
                fields=["division_code", "feed", "created_at"],
                name="review_waiting",
                condition=~models.Q(state="decided"),
            ),
        ),
    ]
