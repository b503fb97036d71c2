"""Plug-ins of Logstash 9 that are used here, with those of their options that may be, as the reference tells them."""

from __future__ import annotations

INPUTS = {
    "beats": {"port"},
    "dead_letter_queue": {"path", "pipeline_id", "commit_offsets", "clean_consumed"},
}
FILTERS = {
    "mutate": {"rename", "add_field", "add_tag", "remove_field"},
    "fingerprint": {"source", "concatenate_sources", "method", "target"},
}
OUTPUTS = {
    "elasticsearch": {
        *("hosts", "user", "password", "index", "action", "document_id", "data_stream", "manage_template"),
        *("ilm_enabled", "silence_errors_in_log"),
    },
    "kafka": {"bootstrap_servers", "topic_id", "codec", "acks", "compression_type"},
}
SECTIONS = {"input": INPUTS, "filter": FILTERS, "output": OUTPUTS}
# What pipelines.yml may set for one pipeline (Logstash refuses to start on any other), of those used here.
PIPELINE_SETTINGS = {
    *("pipeline.id", "path.config", "pipeline.workers", "pipeline.ecs_compatibility"),
    *("dead_letter_queue.enable", "dead_letter_queue.max_bytes", "dead_letter_queue.storage_policy"),
}
SETTINGS = {
    *("node.name", "api.http.host", "api.http.port", "queue.type", "queue.max_bytes", "queue.drain"),
    *("config.reload.automatic", "xpack.monitoring.enabled"),
}
