"""What this node says of its data sets (节点设置查询)."""

from django.db.models import QuerySet

from minzheng.foundation.access.scope import Scope
from minzheng.stewardship.resources.models import ResourceSetting


def current_settings(scope: Scope) -> dict[tuple[str, str], ResourceSetting]:  # noqa: ARG001 - open to every official
    """What holds now, by data set and source; the source is empty for the data set itself (现行设置)."""
    rows = ResourceSetting.objects.filter(recorded_to__isnull=True)
    return {(row.data_set, row.source_name): row for row in rows}


def setting_history(scope: Scope, key: str) -> QuerySet[ResourceSetting]:  # noqa: ARG001 - open to every official
    """Every setting a data set and its sources ever had here, newest first (设置历史)."""
    return ResourceSetting.objects.filter(data_set=key).order_by("-recorded_from", "-id")
