"""A real OTLP/HTTP receiver on the loopback: reads the protobuf that exporters post, as a collector does."""

import gzip
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


@dataclass(frozen=True)
class Span:
    name: str
    node: str
    trace: str
    span: str
    parent: str


@dataclass
class Collector:
    """What came: spans, figures as (name, attributes, value), everything as text."""

    address: str = ""
    spans: list[Span] = field(default_factory=list)
    figures: list[tuple[str, dict[str, str], float]] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)

    def wait_for_spans(self, enough: Callable[[list[Span]], bool], within_s: float = 60) -> list[Span]:
        until = time.monotonic() + within_s
        while not enough(self.spans):
            assert time.monotonic() < until, [(one.name, one.node, one.trace) for one in self.spans]
            time.sleep(0.05)
        return list(self.spans)

    def take(self, path: str, content: bytes) -> None:
        if path == "/v1/traces":
            traces = ExportTraceServiceRequest.FromString(content)
            self.texts.append(str(traces))
            for resource in traces.resource_spans:
                said = {a.key: a.value.string_value for a in resource.resource.attributes}
                for scope in resource.scope_spans:
                    self.spans += [
                        Span(
                            s.name,
                            said["service.instance.id"],
                            s.trace_id.hex(),
                            s.span_id.hex(),
                            s.parent_span_id.hex(),
                        )
                        for s in scope.spans
                    ]
        elif path == "/v1/metrics":
            metrics = ExportMetricsServiceRequest.FromString(content)
            self.texts.append(str(metrics))
            for resource in metrics.resource_metrics:
                for scope in resource.scope_metrics:
                    for metric in scope.metrics:
                        for point in (*metric.gauge.data_points, *metric.sum.data_points):
                            said = {a.key: a.value.string_value for a in point.attributes}
                            self.figures.append((metric.name, said, point.as_double or point.as_int))


@contextmanager
def collecting() -> Iterator[Collector]:
    found = Collector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                content = gzip.decompress(content)
            found.take(self.path, content)
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
