"""All of them."""

from __future__ import annotations

from collections.abc import Sequence

from herofactory.assets.store import AssetStore
from herofactory.quality.suite import Suite
from herofactory.quality.suites import catalogue, figures, items, missing, outbox, requests, searches


def suites(assets: AssetStore | None) -> Sequence[Suite]:
    """In the order of `NAMES`. `assets`: where pictures lie, if that is on this machine."""
    return (
        items.SUITE,
        searches.SUITE,
        requests.SUITE,
        catalogue.suite(assets),
        outbox.SUITE,
        figures.SUITE,
        missing.SUITE,
    )
