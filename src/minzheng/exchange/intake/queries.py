"""What is asked of intakes (接入来源查询)."""

from collections.abc import Sequence

from django.db.models import QuerySet

from minzheng.exchange.models import AllowedPlace, DatabaseSource, Intake, IntakeFile
from minzheng.exchange.queries import feeds_in
from minzheng.foundation.access.scope import Scope


def intakes(scope: Scope) -> QuerySet[Intake]:
    """The intakes of nodes within the scope and of its businesses, by name (接入来源列表)."""
    mine = Intake.objects.filter(division_code__startswith=scope.prefix, feed__in=feeds_in(scope))
    return mine.defer("secrets_cipher").order_by("name")


def intake_in(scope: Scope, intake_id: int) -> Intake | None:
    """One intake within the scope, or None (接入来源)."""
    return intakes(scope).filter(pk=intake_id).first()


def databases(scope: Scope) -> QuerySet[DatabaseSource]:
    """The databases that were entered by the command (来源库)."""
    mine = DatabaseSource.objects.filter(division_code__startswith=scope.prefix, feed__in=feeds_in(scope))
    return mine.defer("url_cipher", "query").order_by("feed", "name")


def files(scope: Scope, intake: Intake, *, limit: int = 20) -> Sequence[IntakeFile]:
    """The files taken last (最近取得的文件)."""
    if intake_in(scope, intake.pk) is None:
        return []
    return list(IntakeFile.objects.filter(intake=intake).order_by("-taken_at", "-id")[:limit])


def allowed_places(scope: Scope) -> QuerySet[AllowedPlace]:  # noqa: ARG001 - open to every official
    """Where sources may be fetched from (允许访问的地址)."""
    return AllowedPlace.objects.order_by("place")
