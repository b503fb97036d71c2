"""Every metric there is, by name. Prometheus reads them at `/metrics`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from prometheus_client import Counter, Gauge, Histogram

CounterName = Literal[
    "hero_http_requests_total",
    "hero_outbox_published_total",
    "hero_agent_records_total",
    "hero_agent_outputs_total",
    "hero_dead_letters_total",
    "hero_agent_outages_total",
    "hero_agent_missed_total",
    "hero_moderation_verdicts_total",
    "hero_listing_applied_total",
    "hero_index_writes_total",
    "hero_search_queries_total",
    "hero_rate_limited_total",
    "hero_rate_limiter_unavailable_total",
    "hero_log_removed_total",
    "hero_spool_dropped_total",
    "hero_observations_dropped_total",
    "hero_access_log_dropped_total",
    "hero_access_log_published_total",
    "hero_access_log_rejected_total",
    "hero_access_log_lost_bytes_total",
    "hero_traffic_late_total",
    "hero_insights_left_out_total",
    "hero_insights_folds_total",
    "hero_insights_broken_total",
    "hero_missing_answered_total",
    "hero_prompts_total",
]
GaugeName = Literal[
    "hero_agent_state",
    "hero_agent_in_flight",
    "hero_dead_letters_open",
    "hero_outbox_rows",
    "hero_outbox_oldest_seconds",
    "hero_log_bytes",
    "hero_slot_lag_bytes",
    "hero_slot_kept_bytes",
    "hero_spool_records",
    "hero_spool_bytes",
]
HistogramName = Literal[
    "hero_http_request_seconds",
    "hero_agent_chunk_seconds",
    "hero_search_seconds",
    "hero_accepted_to_searchable_seconds",
]
MetricName = CounterName | GaugeName | HistogramName


class Metrics(Protocol):
    def count(self, name: CounterName, value: float = 1, **labels: str) -> None: ...
    def gauge(self, name: GaugeName, value: float, **labels: str) -> None: ...
    def observe(self, name: HistogramName, value: float, **labels: str) -> None: ...


class NoMetrics:
    def count(self, name: CounterName, value: float = 1, **labels: str) -> None: ...
    def gauge(self, name: GaugeName, value: float, **labels: str) -> None: ...
    def observe(self, name: HistogramName, value: float, **labels: str) -> None: ...


@dataclass(frozen=True, slots=True)
class _Spec:
    help: str
    labels: tuple[str, ...] = ()


# One line per metric: what it counts, in which unit, by which labels.
SPECS: dict[MetricName, _Spec] = {
    "hero_http_requests_total": _Spec("HTTP requests answered", ("route", "method", "status")),
    "hero_http_request_seconds": _Spec("Seconds from a request's arrival to its answer", ("route",)),
    "hero_outbox_published_total": _Spec("Outbox rows published and acknowledged", ("topic",)),
    "hero_outbox_rows": _Spec("Outbox rows not yet delivered"),
    "hero_outbox_oldest_seconds": _Spec("Age of the oldest undelivered outbox row; 0 when there is none"),
    "hero_agent_records_total": _Spec("Records an agent has dealt with", ("agent", "result")),
    "hero_agent_outputs_total": _Spec("Events an agent has written", ("agent", "topic")),
    "hero_agent_outages_total": _Spec("Attempts that failed because a dependency was down", ("agent", "cause")),
    "hero_agent_missed_total": _Spec("Records that retention took before their agent read them", ("agent", "topic")),
    "hero_agent_chunk_seconds": _Spec("Seconds per chunk, retries included", ("agent",)),
    "hero_agent_state": _Spec("0 running, 1 paused, 2 halted", ("agent",)),
    "hero_agent_in_flight": _Spec("Records taken and not yet done", ("agent",)),
    "hero_dead_letters_open": _Spec("Dead letters neither redriven nor dropped", ("agent",)),
    "hero_dead_letters_total": _Spec("Records set aside as dead letters", ("agent", "cause")),
    "hero_moderation_verdicts_total": _Spec("Verdicts given", ("decision", "provider")),
    "hero_listing_applied_total": _Spec("Verdicts applied or found stale", ("result",)),
    "hero_index_writes_total": _Spec("Writes to the search index", ("outcome",)),
    "hero_accepted_to_searchable_seconds": _Spec("Seconds from the last change of an item to its being searchable"),
    "hero_search_queries_total": _Spec("Searches answered", ("result",)),
    "hero_search_seconds": _Spec("Seconds the search engine took"),
    "hero_rate_limited_total": _Spec("Requests refused by the rate limit", ("kind",)),
    "hero_rate_limiter_unavailable_total": _Spec("Requests whose limit could not be asked for", ("kind",)),
    "hero_log_removed_total": _Spec("Records removed from the event log", ("why",)),
    "hero_access_log_dropped_total": _Spec("Requests that did not get into the access log", ("why",)),
    "hero_access_log_published_total": _Spec("Lines of the access log sent to the event log"),
    "hero_access_log_rejected_total": _Spec("Lines of the access log that are no access records"),
    "hero_access_log_lost_bytes_total": _Spec("Bytes of the access log that were gone before they were read"),
    "hero_traffic_late_total": _Spec("Access records that came a day or more after their request"),
    "hero_insights_left_out_total": _Spec("Observations that count in no figure", ("why",)),
    "hero_insights_folds_total": _Spec("Hours whose figures were made again", ("kind",)),
    "hero_insights_broken_total": _Spec("Hours whose figures could not be made", ("kind",)),
    "hero_missing_answered_total": _Spec("Missing terms that a new item answers"),
    "hero_prompts_total": _Spec("Prompts made or refused", ("state", "provider")),
    "hero_log_bytes": _Spec("Bytes of the event log on disk"),
    "hero_spool_records": _Spec("Observations that wait for the event log"),
    "hero_spool_bytes": _Spec("Bytes of them, in memory and on disk"),
    "hero_spool_dropped_total": _Spec("Observations given up, and files of them that lost their tail", ("why",)),
    "hero_observations_dropped_total": _Spec("Observations that could not be made into events", ("why",)),
    "hero_slot_lag_bytes": _Spec("Write-ahead log written since what change capture has confirmed"),
    "hero_slot_kept_bytes": _Spec("Write-ahead log that PostgreSQL keeps for change capture"),
}
_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


class PrometheusMetrics:
    """Metrics in the process's default registry, or in PROMETHEUS_MULTIPROC_DIR for a platform of several processes."""

    def __init__(self) -> None:
        self._counters: dict[CounterName, Counter] = {}
        self._gauges: dict[GaugeName, Gauge] = {}
        self._histograms: dict[HistogramName, Histogram] = {}

    def count(self, name: CounterName, value: float = 1, **labels: str) -> None:
        from prometheus_client import Counter

        metric = self._counters.get(name)
        if metric is None:
            metric = self._counters[name] = Counter(name, SPECS[name].help, SPECS[name].labels)
        (metric.labels(**labels) if labels else metric).inc(value)

    def gauge(self, name: GaugeName, value: float, **labels: str) -> None:
        from prometheus_client import Gauge

        metric = self._gauges.get(name)
        if metric is None:
            metric = self._gauges[name] = Gauge(
                name, SPECS[name].help, SPECS[name].labels, multiprocess_mode="livemostrecent"
            )
        (metric.labels(**labels) if labels else metric).set(value)

    def observe(self, name: HistogramName, value: float, **labels: str) -> None:
        from prometheus_client import Histogram

        metric = self._histograms.get(name)
        if metric is None:
            metric = self._histograms[name] = Histogram(name, SPECS[name].help, SPECS[name].labels, buckets=_BUCKETS)
        (metric.labels(**labels) if labels else metric).observe(value)
