"""What Prometheus is told about this process, under the names that all Plaza processes use."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5)


class Metrics:
    """The instruments of one application, in a registry of its own.

    Attributes:
        request_seconds: by method, route template and status.
        statement_seconds: time of a database statement, by its name; its count is how often it ran.
        pool_in_use: connections that are answering something.
        pool_waiting: requests that wait for a connection.
        cache: rendered answers asked for, by outcome (hit, miss).
    """

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.request_seconds = Histogram(
            "plaza_request_seconds",
            "Time to answer, by route",
            ("method", "route", "status"),
            registry=self.registry,
            buckets=_SECONDS,
        )
        self.statement_seconds = Histogram(
            "plaza_statement_seconds",
            "Time of a database statement, the wait for a connection not included",
            ("statement",),
            registry=self.registry,
            buckets=_SECONDS,
        )
        self.pool_in_use = Gauge(
            "plaza_pool_in_use", "Database connections in use", ("pool",), registry=self.registry
        )
        self.pool_waiting = Gauge(
            "plaza_pool_waiting", "Requests that wait for a connection", ("pool",), registry=self.registry
        )
        self.cache = Counter("plaza_cache", "Cache look-ups", ("cache", "outcome"), registry=self.registry)
