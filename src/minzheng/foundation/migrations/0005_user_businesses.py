import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('foundation', '0004_notices'),
    ]

    operations = [
        migrations.AddField(
            model_name='user',
            name='businesses',
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=32), blank=True, default=list, size=None, verbose_name='业务范围',
            ),
        ),
    ]
