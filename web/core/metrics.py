"""Prometheus metrics of the Plaza processes; each process exposes its own at ``/metrics``."""

from prometheus_client import Counter, Gauge, Histogram

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)

REQUEST_SECONDS = Histogram(
    "plaza_request_seconds", "Time to answer, by route", ("method", "route", "status"), buckets=_SECONDS
)
DATABASE_SECONDS = Histogram(
    "plaza_database_seconds", "Time a request spent in the database", ("route",), buckets=_SECONDS
)
QUERIES = Histogram(
    "plaza_request_queries", "Statements a request sent", ("route",), buckets=(1, 2, 3, 5, 8, 13, 21)
)
POOL_IN_USE = Gauge("plaza_pool_in_use", "Database connections in use", ("pool",))
SIGNALS_LOST = Counter("plaza_signals_lost", "Hints that Valkey or the broker did not take", ("kind",))
LIMITS_SKIPPED = Counter("plaza_limits_skipped", "Rate limits not checked because Valkey was away", ("kind",))
CACHE = Counter("plaza_cache", "Cache look-ups", ("cache", "outcome"))
JOBS_DONE = Counter("plaza_jobs_done", "Jobs that ended", ("kind", "outcome"))
PUSHES = Counter("plaza_pushes", "Pushes handed to push services", ("outcome",))
JOBS_WAITING = Gauge("plaza_jobs_waiting", "Jobs that wait, by kind", ("kind",))
JOBS_OLDEST = Gauge("plaza_jobs_oldest_seconds", "Age of the oldest overdue job, by kind", ("kind",))
SOCKETS = Gauge("plaza_sockets", "Open WebSockets")
FRAMES = Counter("plaza_frames", "Frames sent to sockets")
SOCKETS_DROPPED = Counter("plaza_sockets_dropped", "Sockets closed by the server", ("reason",))
TOPICS = Gauge("plaza_topics", "Topics that sockets of this process follow")
SOCKET_MESSAGES = Counter("plaza_socket_messages", "Messages from clients", ("event", "outcome"))
LOOP_LAG = Gauge("plaza_loop_lag_seconds", "How late the event loop ran what was due, last time")
SIGNAL_LAG = Gauge("plaza_signal_lag_seconds", "How long a published message took to arrive here, last time")
POLLS = Gauge("plaza_long_polls", "Requests that wait for events")
