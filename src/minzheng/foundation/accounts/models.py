"""Who may come in (账号): one table of users, never emptied, and the passwords they may not use again."""

from typing import Any, ClassVar, NoReturn

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from minzheng.foundation.access.row_security import ByDivision, Through
from minzheng.foundation.accounts.terms import DataLevel, Role


class UserManager(BaseUserManager["User"]):
    """Makes users (账号管理器); checks of the password are the service's (``accounts.services``)."""

    def create_user(self, username: str, password: str | None = None, **fields: Any) -> "User":
        """A saved user; without a password nobody can log in as it (新建账号)."""
        user = self.model(username=self.model.normalize_username(username), **fields)
        user.set_password(password)
        user.password_changed_at = timezone.now()
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """An official or an interface that comes in (账号). Disabled when no longer needed, never deleted.

    Personal data: ``username``, ``display_name``.
    """

    row_scope = ByDivision()

    username = models.CharField("用户名", max_length=64, unique=True)
    display_name = models.CharField("姓名", max_length=64)
    division_code = models.CharField("所属区划", max_length=12, db_index=True)
    data_level = models.PositiveSmallIntegerField("数据级别", choices=DataLevel.choices, default=DataLevel.L2)
    roles = ArrayField(
        models.CharField(max_length=32, choices=Role.choices), verbose_name="角色", default=list, blank=True
    )
    businesses = ArrayField(
        models.CharField(max_length=32), verbose_name="业务范围", default=list, blank=True
    )  # none listed: every business
    is_active = models.BooleanField("启用", default=True)
    moved_to = models.CharField(
        "迁往", max_length=200, blank=True, db_default=""
    )  # where its county has a node of its own
    must_change_password = models.BooleanField("须修改密码", default=True)
    password_changed_at = models.DateTimeField("密码修改时间", null=True, blank=True)
    failed_logins = models.PositiveSmallIntegerField("连续登录失败次数", default=0)
    locked_until = models.DateTimeField("锁定至", null=True, blank=True)
    created_at = models.DateTimeField("建立时间", default=timezone.now)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS = ["display_name", "division_code"]

    class Meta:
        app_label = "foundation"
        verbose_name = verbose_name_plural = "账号"
        constraints = [
            models.CheckConstraint(condition=models.Q(data_level__range=(1, 4)), name="user_data_level_1_4"),
        ]

    def __str__(self) -> str:
        return self.display_name or self.username

    def has_role(self, *roles: str) -> bool:
        """Whether the user holds one of ``roles`` (是否具有角色)."""
        return not set(roles).isdisjoint(self.roles)

    def delete(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        """Refused: what a user did must keep its name (账号只停用, 不删除)."""
        raise TypeError("账号只能停用, 不能删除")


class PasswordHistory(models.Model):
    """The hashes of a user's earlier passwords, so that the last few are not used again (历史密码).

    Personal data: none (salted hashes only).
    """

    row_scope = Through("foundation.User", "user")

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+", verbose_name="账号")
    password = models.CharField("密码散列", max_length=128)
    set_at = models.DateTimeField("启用时间", default=timezone.now)

    class Meta:
        app_label = "foundation"
        verbose_name = verbose_name_plural = "历史密码"
        indexes = [models.Index(fields=["user", "-set_at"], name="password_history_user_at")]
