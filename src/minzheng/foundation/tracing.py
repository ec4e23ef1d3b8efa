"""Traces (调用链): spans of what a batch goes through, over all nodes; nothing is kept or sent unless an exporter is set up.

A batch's own identity is the trace: whoever handles what came of it, here or on another node, today or after a restart, adds to
the one trace without being handed anything but the batch's number. Requests between nodes carry W3C ``traceparent`` besides.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from uuid import UUID

from opentelemetry import context, trace
from opentelemetry.trace import Link, NonRecordingSpan, Span, SpanContext, Status, StatusCode, TraceFlags
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

HEADER = "traceparent"
MOST_LINKS = 20
Attributes = Mapping[str, str | int | float | bool]
# The numbers the next span is to have; whoever makes numbers (the exporter's side) asks here.
wanted: ContextVar[tuple[int, int] | None] = ContextVar("wanted", default=None)
_words = TraceContextTextMapPropagator()
_tracer = trace.get_tracer("minzheng")


def numbers(batch: UUID) -> tuple[int, int]:
    """(trace, span) of a batch's first span (批次的链路号)."""
    return batch.int, batch.int & 0xFFFFFFFFFFFFFFFF


@contextmanager
def of_batch(name: str, batch: UUID, said: Attributes) -> Iterator[Span]:
    """The first span of a batch (批次起点)."""
    token = wanted.set(numbers(batch))
    try:
        span = _tracer.start_span(name, context=context.Context(), attributes=dict(said))
    finally:
        wanted.reset(token)
    with _ended(span):
        yield span


@contextmanager
def after_batches(name: str, batches: Sequence[UUID], said: Attributes) -> Iterator[Span]:
    """A span of what came of some batches: in the trace of the first, leading to the others too (批次之后)."""
    contexts = [_remote(batch) for batch in batches[:MOST_LINKS]]
    parent = trace.set_span_in_context(NonRecordingSpan(contexts[0]), context.Context()) if contexts else None
    links = [Link(one) for one in contexts[1:]]
    with _ended(_tracer.start_span(name, context=parent, links=links, attributes=dict(said))) as span:
        yield span


@contextmanager
def span(name: str, said: Attributes) -> Iterator[Span]:
    """A span within whatever goes on (步骤)."""
    with _ended(_tracer.start_span(name, attributes=dict(said))) as found:
        yield found


@contextmanager
def within(headers: Mapping[str, str]) -> Iterator[None]:
    """Go on in the trace another node says it is in (接续); a header that is none changes nothing."""
    token = context.attach(_words.extract({HEADER: headers.get(HEADER, "")[:100]}))
    try:
        yield
    finally:
        context.detach(token)


def headers(found: Span | None = None) -> dict[str, str]:
    """What tells another node of the trace one is in; empty where none is kept (传递)."""
    said: dict[str, str] = {}
    _words.inject(said, trace.set_span_in_context(found) if found is not None else None)
    return {name: text for name, text in said.items() if name == HEADER}


def _remote(batch: UUID) -> SpanContext:
    number, first = numbers(batch)
    return SpanContext(number, first, is_remote=True, trace_flags=TraceFlags(TraceFlags.SAMPLED))


@contextmanager
def _ended(found: Span) -> Iterator[Span]:
    """Ended with the block; what goes wrong is said by its kind, for a message may name someone."""
    with trace.use_span(found, end_on_exit=True, record_exception=False, set_status_on_exception=False):
        try:
            yield found
        except Exception as error:
            found.set_status(Status(StatusCode.ERROR, type(error).__name__))
            raise
