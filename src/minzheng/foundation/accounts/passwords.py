"""What a password must be (密码规则), beside length and common words."""

from django.contrib.auth.hashers import check_password
from django.core.exceptions import ValidationError

from minzheng.foundation.accounts.models import PasswordHistory, User

REMEMBERED = 5


class ThreeOfFourClasses:
    """Capitals, small letters, digits, signs: three of the four (四类字符取其三; GB/T 22239-2019 8.1.4.1)."""

    def validate(self, password: str, user: User | None = None) -> None:  # noqa: ARG002 - Django's signature
        """Raises ``ValidationError`` if fewer than three classes occur."""
        classes = (
            any(c.isascii() and c.isupper() for c in password),
            any(c.isascii() and c.islower() for c in password),
            any(c.isdigit() for c in password),
            any(not c.isalnum() for c in password),
        )
        if sum(classes) < 3:
            raise ValidationError(self.get_help_text(), code="password_too_simple")

    def get_help_text(self) -> str:
        """What to tell the user (提示)."""
        return "密码须包含大写字母、小写字母、数字、符号中的至少三类。"


class NotOneOfTheLast:
    """Not the present password nor one of the last five (不得与最近五次相同)."""

    def validate(self, password: str, user: User | None = None) -> None:
        """Raises ``ValidationError`` if the user had this password lately."""
        if user is None or user.pk is None:
            return
        earlier = (
            PasswordHistory.objects.filter(user=user).order_by("-set_at").values_list("password", flat=True)
        )
        if any(check_password(password, used) for used in earlier[:REMEMBERED]):
            raise ValidationError(self.get_help_text(), code="password_used_before")

    def get_help_text(self) -> str:
        """What to tell the user (提示)."""
        return f"密码不得与最近 {REMEMBERED} 次使用过的相同。"
