"""How the figures of each kind of observation are made."""

from __future__ import annotations

from collections.abc import Mapping

from herofactory.insights.keeping.keeper import Refold
from herofactory.insights.keeping.refold import SearchRefold
from herofactory.insights.observation import Kind
from herofactory.insights.traffic.refold import refold as refold_traffic

REFOLDS: Mapping[Kind, Refold] = {"search": SearchRefold(), "access": refold_traffic}
