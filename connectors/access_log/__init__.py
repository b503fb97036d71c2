"""The access log's way into the event log on the embedded stack: what Filebeat and Logstash do in production."""

from connectors.access_log.tailer import Tailer

__all__ = ["Tailer"]
