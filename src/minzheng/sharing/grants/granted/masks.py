"""What stands in place of a masked field (遮蔽)."""

from datetime import date
from typing import Any

from minzheng.kernel.masking import (
    mask_address,
    mask_bank_account,
    mask_certificate,
    mask_id_number,
    mask_name,
    mask_phone,
)
from minzheng.sharing.grants.granted.fields import Field

_BY_RULE = {
    "id_number": mask_id_number,
    "phone": mask_phone,
    "bank_account": mask_bank_account,
    "address": mask_address,
    "person_name": mask_name,
}


def masked(field: Field, value: Any) -> Any:
    """A value as it is shown where only a part may be; null stays null (遮蔽后的值)."""
    if value is None:
        return None
    if isinstance(value, date):
        return f"{value.year}-**-**"
    by_rule = _BY_RULE.get(field.element.rule or "")
    if by_rule:
        return by_rule(str(value))
    return mask_certificate(str(value)) if field.is_key else "***"
