from django.db import migrations, models
from django.db.models import F


def what_is_done_is_done(apps, schema_editor):
    """Batches finished before there was anything to follow are not taken up again."""
    apps.get_model("exchange", "Batch").objects.filter(stage="finished").update(followed_at=F("finished_at"))


class Migration(migrations.Migration):
    dependencies = [("exchange", "0002_database_source")]
    operations = [
        migrations.AddField("batch", "followed_at", models.DateTimeField("后续处理时间", null=True)),
        migrations.RunPython(what_is_done_is_done, migrations.RunPython.noop),
    ]
