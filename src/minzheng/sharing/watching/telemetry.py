"""Metrics and traces by OpenTelemetry (遥测输出), over OTLP/HTTP; loaded only where ``MINZHENG_OTLP`` names a collector.

What leaves are numbers, codes of members and data sets, and times; no names, no content. The gauges are read from what watching
measured last, by the one process that measures; spans leave from every process that makes some.
"""

from collections.abc import Callable, Iterable
from typing import TypeVar

from django.conf import settings
from django.db import close_old_connections
from django.db.models import Model, QuerySet
from django.utils import timezone
from opentelemetry import metrics, trace
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.metrics import CallbackOptions, Observation
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator

from minzheng import __version__
from minzheng.foundation import tracing
from minzheng.foundation.access.standing import as_node
from minzheng.sharing.watching.models import Alarm, RoadState, Stream
from minzheng.sharing.watching.terms import AlarmState

EVERY_MS, WAIT_S = 60_000, 5
Row = TypeVar("Row", bound=Model)


class Numbers(RandomIdGenerator):
    """Random numbers, but for a batch's first span, which has the batch's (编号)."""

    def generate_trace_id(self) -> int:
        """Of the batch where one begins."""
        asked = tracing.wanted.get()
        return asked[0] if asked else super().generate_trace_id()

    def generate_span_id(self) -> int:
        """Of the batch where one begins."""
        asked = tracing.wanted.get()
        return asked[1] if asked else super().generate_span_id()


def _resource() -> Resource:
    """Named by hand: the SDK would add the machine's own names."""
    return Resource(
        {
            "service.name": "minzheng", "service.version": __version__,
            "service.instance.id": str(settings.NODE_DIVISION_CODE),
        }
    )  # fmt: skip


def traces() -> TracerProvider:
    """Spans of this process leave from now on (输出调用链)."""
    provider = TracerProvider(resource=_resource(), id_generator=Numbers())
    exporter = OTLPSpanExporter(endpoint=f"{settings.OTLP_ENDPOINT}/v1/traces", timeout=WAIT_S)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    return provider


def figures() -> MeterProvider:
    """The figures of the streams leave once a minute (输出指标)."""
    exporter = OTLPMetricExporter(endpoint=f"{settings.OTLP_ENDPOINT}/v1/metrics", timeout=WAIT_S)
    reader = PeriodicExportingMetricReader(exporter, export_interval_millis=EVERY_MS)
    provider = MeterProvider([reader], resource=_resource())
    meter = provider.get_meter("minzheng", __version__)
    for name, unit, read in GAUGES:
        meter.create_observable_gauge(f"minzheng.exchange.{name}", [_streams(read)], unit)
    for name, unit, read in COUNTERS:
        meter.create_observable_counter(f"minzheng.exchange.{name}", [_streams(read)], unit)
    meter.create_observable_gauge("minzheng.road.clock_ahead", [_clocks], "ms")
    meter.create_observable_gauge("minzheng.alarms.open", [_alarms], "1")
    metrics.set_meter_provider(provider)
    return provider


Read = Callable[[Stream], float | None]
GAUGES: tuple[tuple[str, str, Read], ...] = (
    ("backlog", "1", lambda one: one.backlog),
    ("lag", "s", lambda one: one.lag_s),
    ("stopped", "1", lambda one: int(one.stopped)),
    (
        "since_success",
        "s",
        lambda one: (timezone.now() - one.last_success_at).total_seconds() if one.last_success_at else None,
    ),
)
COUNTERS: tuple[tuple[str, str, Read], ...] = (
    ("batches", "1", lambda one: one.batches),
    ("units", "1", lambda one: one.units),
    ("size", "By", lambda one: one.size),
    ("refused", "1", lambda one: one.refused),
)


def _streams(read: Read) -> Callable[[CallbackOptions], Iterable[Observation]]:
    def observe(_: CallbackOptions) -> Iterable[Observation]:
        found = _rows(Stream.objects.all())
        for one in found:
            value = read(one)
            if value is not None:
                said = {
                    "way": one.way,
                    "peer": one.peer_code,
                    "direction": one.direction,
                    "data_set": one.data_set,
                }
                yield Observation(value, said | {"division": one.division_code})

    return observe


def _clocks(_: CallbackOptions) -> Iterable[Observation]:
    for one in _rows(RoadState.objects.exclude(clock_ahead_ms=None)):
        yield Observation(one.clock_ahead_ms or 0, {"lower": one.lower_code, "upper": one.upper_code})


def _alarms(_: CallbackOptions) -> Iterable[Observation]:
    yield Observation(len(_rows(Alarm.objects.filter(state=AlarmState.OPEN))), {})


def _rows(asked: QuerySet[Row]) -> list[Row]:
    """As the node, on the exporter's own thread, whose connection nobody else renews."""
    close_old_connections()
    with as_node():
        return list(asked)


if settings.OTLP_ENDPOINT:
    traces()
