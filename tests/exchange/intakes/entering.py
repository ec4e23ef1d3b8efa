"""Sources entered and run as an officer would, and what came of it."""

from typing import Any

from django.utils import timezone

from minzheng.exchange.errors import SourceError
from minzheng.exchange.intake import services
from minzheng.exchange.models import Batch, Intake
from minzheng.registry.models import Person


def entered(adapter: str, values: dict[str, Any], *, feed: str = "persons", cycle: int = 0) -> Intake:
    return services.add(
        "市公安局", feed=feed, adapter=adapter, values=values, cycle_minutes=cycle, by=None, at=timezone.now()
    )


def allow(*places: str) -> None:
    for place in places:
        services.allow(place, by=None, at=timezone.now())


def run(intake: Intake, **options: Any) -> list[Batch]:
    """The batches of one run; the intake is as it stands after it."""
    try:
        return services.run(intake, by=None, at=timezone.now(), **options).batches
    finally:
        intake.refresh_from_db()


def failed(intake: Intake, **options: Any) -> str:
    """The one sentence a run ends with."""
    try:
        run(intake, **options)
    except SourceError as error:
        assert intake.state == "failed" and intake.problem == str(error) and "\n" not in str(error)
        return str(error)
    raise AssertionError("the run did not fail")


def checked(intake: Intake) -> str:
    """What a check says, right or wrong."""
    try:
        return services.check(intake, by=None, at=timezone.now())
    except SourceError as error:
        assert "\n" not in str(error)
        return str(error)


def names() -> set[str]:
    return set(Person.objects.values_list("name", flat=True))
