from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("funeral", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="cremation",
            name="place_id",
            field=models.UUIDField(null=True, verbose_name="殡仪馆所在地点"),
        ),
        migrations.AddIndex(
            model_name="cremation",
            index=models.Index(fields=["place_id"], name="cremation_place"),
        ),
    ]
