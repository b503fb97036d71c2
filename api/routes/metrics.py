"""What Prometheus scrapes."""

from __future__ import annotations

import os

from fastapi import APIRouter, Response

router = APIRouter(tags=["operation"])


@router.get("/metrics", response_class=Response)
def metrics() -> Response:
    """Every metric in Prometheus' text format; of all processes where PROMETHEUS_MULTIPROC_DIR is set."""
    from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
    from prometheus_client.multiprocess import MultiProcessCollector

    registry = REGISTRY
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return Response(generate_latest(registry), headers={"content-type": CONTENT_TYPE_LATEST})
