"""The dashboards, one a module."""

from __future__ import annotations

from kibana.dashboards.api_state import API_STATE
from kibana.dashboards.errors import ERRORS
from kibana.dashboards.items import ITEMS
from kibana.dashboards.searches import SEARCHES

DASHBOARDS = (API_STATE, ERRORS, SEARCHES, ITEMS)
