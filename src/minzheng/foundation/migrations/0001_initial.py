import django.contrib.postgres.fields
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


# The audit trail only grows: refused for every role, the table's owner included.
APPEND_ONLY = """
CREATE FUNCTION foundation_audit_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '审计记录只增不改 (% refused)', TG_OP USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER audit_no_change BEFORE UPDATE OR DELETE ON foundation_auditentry
    FOR EACH ROW EXECUTE FUNCTION foundation_audit_append_only();
CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON foundation_auditentry
    FOR EACH STATEMENT EXECUTE FUNCTION foundation_audit_append_only();
"""
UNDO = """
DROP TRIGGER audit_no_truncate ON foundation_auditentry;
DROP TRIGGER audit_no_change ON foundation_auditentry;
DROP FUNCTION foundation_audit_append_only();
"""


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='User',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                ('username', models.CharField(max_length=64, unique=True, verbose_name='用户名')),
                ('display_name', models.CharField(max_length=64, verbose_name='姓名')),
                ('division_code', models.CharField(db_index=True, max_length=12, verbose_name='所属区划')),
                ('data_level', models.PositiveSmallIntegerField(choices=[(1, '一级'), (2, '二级'), (3, '三级'), (4, '四级')], default=2, verbose_name='数据级别')),
                ('roles', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('clerk', '经办人'), ('reviewer', '复核人'), ('data_officer', '数据管理员'), ('standards_officer', '标准管理员'), ('administrator', '系统管理员'), ('security', '安全管理员'), ('auditor', '审计管理员')], max_length=32), blank=True, default=list, size=None, verbose_name='角色')),
                ('is_active', models.BooleanField(default=True, verbose_name='启用')),
                ('must_change_password', models.BooleanField(default=True, verbose_name='须修改密码')),
                ('password_changed_at', models.DateTimeField(blank=True, null=True, verbose_name='密码修改时间')),
                ('failed_logins', models.PositiveSmallIntegerField(default=0, verbose_name='连续登录失败次数')),
                ('locked_until', models.DateTimeField(blank=True, null=True, verbose_name='锁定至')),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='建立时间')),
            ],
            options={
                'verbose_name': '账号',
                'verbose_name_plural': '账号',
                'constraints': [models.CheckConstraint(condition=models.Q(('data_level__range', (1, 4))), name='user_data_level_1_4')],
            },
        ),
        migrations.CreateModel(
            name='AuditEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(verbose_name='时间')),
                ('user_name', models.CharField(max_length=64, verbose_name='操作人')),
                ('division_code', models.CharField(max_length=12, verbose_name='操作人区划')),
                ('ip', models.GenericIPAddressField(null=True, verbose_name='来源地址')),
                ('action', models.CharField(max_length=64, verbose_name='操作')),
                ('object_kind', models.CharField(max_length=64, verbose_name='对象类别')),
                ('object_id', models.CharField(max_length=128, verbose_name='对象标识')),
                ('purpose', models.CharField(max_length=500, verbose_name='用途')),
                ('result', models.CharField(max_length=32, verbose_name='结果')),
                ('detail', models.JSONField(default=dict, verbose_name='详情')),
                ('user', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='账号')),
            ],
            options={
                'verbose_name': '审计记录',
                'verbose_name_plural': '审计记录',
                'indexes': [models.Index(fields=['object_kind', 'object_id', '-at'], name='audit_object_at'), models.Index(fields=['user', '-at'], name='audit_user_at'), models.Index(fields=['-at'], name='audit_at')],
            },
        ),
        migrations.CreateModel(
            name='PasswordHistory',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('password', models.CharField(max_length=128, verbose_name='密码散列')),
                ('set_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='启用时间')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='账号')),
            ],
            options={
                'verbose_name': '历史密码',
                'verbose_name_plural': '历史密码',
                'indexes': [models.Index(fields=['user', '-set_at'], name='password_history_user_at')],
            },
        ),
        migrations.RunSQL(APPEND_ONLY, UNDO),
    ]
