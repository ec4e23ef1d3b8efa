import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


# What officials have decided only grows: refused for every role, the table's owner included.
APPEND_ONLY = """
CREATE FUNCTION review_decision_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '处置记录只增不改 (% refused)', TG_OP USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER review_decision_no_change BEFORE UPDATE OR DELETE ON review_decision
    FOR EACH ROW EXECUTE FUNCTION review_decision_append_only();
"""
UNDO = """
DROP TRIGGER review_decision_no_change ON review_decision;
DROP FUNCTION review_decision_append_only();
"""


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Assignment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('item_id', models.BigIntegerField(unique=True, verbose_name='待核行')),
                ('division_code', models.CharField(max_length=12, null=True, verbose_name='属地')),
                ('at', models.DateTimeField(verbose_name='认领时间')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='认领人')),
            ],
            options={
                'verbose_name': '认领',
                'verbose_name_plural': '认领',
            },
        ),
        migrations.CreateModel(
            name='Settled',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('batch_id', models.UUIDField(verbose_name='批次')),
                ('row_no', models.IntegerField(verbose_name='行号')),
                ('kind', models.CharField(choices=[('loaded', '已入库'), ('returned', '已退回来源')], max_length=10, verbose_name='结果')),
                ('effect', models.JSONField(default=dict, verbose_name='写入内容')),
                ('division_code', models.CharField(max_length=12, null=True, verbose_name='属地')),
                ('at', models.DateTimeField(verbose_name='时间')),
                ('ended_at', models.DateTimeField(null=True, verbose_name='撤回时间')),
            ],
            options={
                'verbose_name': '办结留痕',
                'verbose_name_plural': '办结留痕',
                'constraints': [models.UniqueConstraint(condition=models.Q(('ended_at__isnull', True)), fields=('batch_id', 'row_no'), name='settled_once')],
            },
        ),
        migrations.CreateModel(
            name='Decision',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('link', '关联'), ('separate', '另建新人'), ('none', '都不是, 退回来源'), ('aside', '搁置'), ('split', '拆分'), ('join', '合并'), ('approve', '复核同意'), ('reject', '复核不同意'), ('undo', '撤销')], max_length=10, verbose_name='处置')),
                ('item_id', models.BigIntegerField(null=True, verbose_name='待核行')),
                ('batch_id', models.UUIDField(null=True, verbose_name='批次')),
                ('row_no', models.IntegerField(null=True, verbose_name='行号')),
                ('role', models.CharField(default='', max_length=30, verbose_name='角色')),
                ('person_id', models.UUIDField(null=True, verbose_name='人员')),
                ('other_id', models.UUIDField(null=True, verbose_name='另一人员')),
                ('claims', django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), default=list, size=None, verbose_name='来源记录')),
                ('needs_second', models.BooleanField(default=False, verbose_name='须复核')),
                ('reason', models.CharField(max_length=400, verbose_name='理由')),
                ('by_name', models.CharField(max_length=64, verbose_name='处置人')),
                ('division_code', models.CharField(max_length=12, null=True, verbose_name='属地')),
                ('at', models.DateTimeField(verbose_name='时间')),
                ('about', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='review.decision', verbose_name='所针对的处置')),
                ('by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='账号')),
            ],
            options={
                'verbose_name': '处置记录',
                'verbose_name_plural': '处置记录',
                'indexes': [models.Index(condition=models.Q(('batch_id__isnull', False)), fields=['batch_id', 'row_no'], name='decision_row'), models.Index(condition=models.Q(('person_id__isnull', False)), fields=['person_id', 'at'], name='decision_person'), models.Index(condition=models.Q(('other_id__isnull', False)), fields=['other_id', 'at'], name='decision_other'), models.Index(fields=['division_code', '-at'], name='decision_division'), models.Index(condition=models.Q(('needs_second', True)), fields=['at'], name='decision_second')],
            },
        ),
        migrations.RunSQL(APPEND_ONLY, UNDO),
    ]
