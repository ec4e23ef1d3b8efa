from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('foundation', '0002_storedfile_outboxentry_attachment'),
    ]

    operations = [
        migrations.AddField(
            model_name='attachment',
            name='name',
            field=models.CharField(default='', max_length=255, verbose_name='文件名'),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='attachment',
            name='removed_by',
            field=models.CharField(max_length=150, null=True, verbose_name='撤下人'),
        ),
        migrations.AddField(
            model_name='attachment',
            name='removed_reason',
            field=models.CharField(max_length=200, null=True, verbose_name='撤下原因'),
        ),
        migrations.AlterField(
            model_name='attachment',
            name='removed_at',
            field=models.DateTimeField(null=True, verbose_name='撤下时间'),
        ),
        migrations.AddConstraint(
            model_name='attachment',
            constraint=models.UniqueConstraint(condition=models.Q(('removed_at__isnull', True)), fields=('file', 'subject_kind', 'subject_id'), name='attachment_once'),
        ),
    ]
