"""The data streams that dashboards read. Their fields: kibana/templates."""

from __future__ import annotations

from kibana.model import DataView

ACCESS = DataView(
    "herofactory-access",
    "logs-herofactory.access-*",
    "HeroFactory requests",
    formats=(("event.duration", "nanoseconds"),),
)
SET_ASIDE = DataView("herofactory-deadletter", "logs-herofactory.deadletter-*", "HeroFactory log lines set aside")
INSIGHTS = DataView(
    "herofactory-insights",
    "metrics-herofactory.insights-*",
    "HeroFactory insights",
    formats=(("no_result_rate", "share"), ("click_through_rate", "share")),
)
VIEWS = (ACCESS, SET_ASIDE, INSIGHTS)
