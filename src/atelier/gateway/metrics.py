"""The service's figures for Prometheus; no label is a user's name, nor anything that users can choose."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from atelier.storage.contract import Storage
from atelier.storage.job import Job

_WAIT = (0.1, 0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600, 1800)
_RUN = (0.1, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600)
_ANSWER = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 30)


class Metrics:
    """Counts what happens; one registry for each service, so that two in a process do not mix."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._answers = Histogram(
            "atelier_http_seconds",
            "Time to answer a request.",
            ("method", "route", "status"),
            registry=self._registry,
            buckets=_ANSWER,
        )
        self._refusals = Counter(
            "atelier_refusals", "Requests that were refused.", ("code",), registry=self._registry
        )
        self._waits = Histogram(
            "atelier_queue_wait_seconds",
            "From storing a job to the start of its last attempt.",
            registry=self._registry,
            buckets=_WAIT,
        )
        self._runs = Histogram(
            "atelier_engine_seconds",
            "Engine time of a job.",
            ("state",),
            registry=self._registry,
            buckets=_RUN,
        )
        self._sockets = Gauge("atelier_websockets", "Open WebSockets of clients.", registry=self._registry)
        self._jobs = Gauge(
            "atelier_jobs", "Jobs by role and state.", ("role", "state"), registry=self._registry
        )
        self._engines = Gauge(
            "atelier_engine_up",
            "Whether an engine is in this state.",
            ("engine", "state"),
            registry=self._registry,
        )

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request; `route` is the pattern that matched, never the path."""
        self._answers.labels(method, route, str(status)).observe(seconds)

    def refusal(self, code: str) -> None:
        self._refusals.labels(code).inc()

    def ended(self, job: Job) -> None:
        """Count a job that ended."""
        if job.started_at is not None:
            self._waits.observe(max(0.0, job.started_at - job.created_at))
        if job.engine_seconds is not None:
            self._runs.labels(job.state.value).observe(job.engine_seconds)

    def sockets(self, count: int) -> None:
        self._sockets.set(count)

    async def text(self, storage: Storage) -> bytes:
        """Return all figures in Prometheus's text format."""
        self._jobs.clear()
        for (role, state), count in (await storage.jobs.counts()).items():
            self._jobs.labels(role, state.value).set(count)
        self._engines.clear()
        for engine in await storage.engines.list():
            self._engines.labels(str(engine["name"]), str(engine["state"])).set(1)
        return generate_latest(self._registry)
