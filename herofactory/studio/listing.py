"""Storing a result: it becomes an item, and goes the way of every item."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from herofactory.catalog import repository as items
from herofactory.catalog.item import Content, Item
from herofactory.catalog.service import Catalog
from herofactory.catalog.text import InvalidField
from herofactory.platform.postgres.database import Connection
from herofactory.studio.jobs import repository
from herofactory.studio.jobs.job import JobAsset
from herofactory.studio.jobs.service import own

SHOWN = ("sprite", "image")
"""Kinds of assets to list where none is named, the best first."""


class NoResult(Exception):
    """The job has no result that could be listed."""


async def list_result(
    transaction: Connection, catalog: Catalog, owner_id: str, job_id: UUID, content: Content, asset_id: UUID | None
) -> tuple[Item, bool]:
    """The item, and whether it is new: a picture of a result is listed once, whatever is said of it the second time.

    Raises JobNotFound, NoResult, InvalidField.
    """
    job = await own(transaction, owner_id, job_id, lock=True)
    if job.state != "succeeded":
        raise NoResult(f"the generation is {job.state}: only a result can be listed")
    assets = (await repository.assets_of(transaction, [job_id])).get(job_id, [])
    chosen = _chosen(assets, asset_id)
    known = await _listed(transaction, job_id, chosen.id)
    if known:
        return known, False
    attribution = {"source": chosen.credit} if chosen.credit else None
    content = replace(content, image_id=chosen.id)
    item = await catalog.create(transaction, owner_id, content, attribution=attribution)
    await transaction.execute(
        "INSERT INTO generation_listings (generation_id, item_id) VALUES (%s, %s)", (job_id, item.id)
    )
    return item, True


def _chosen(assets: list[JobAsset], asset_id: UUID | None) -> JobAsset:
    if asset_id is not None:
        named = next((asset for asset in assets if asset.id == asset_id), None)
        if named is None:
            raise InvalidField("asset_id", f"the result has no asset {asset_id}")
        return named
    ranked = sorted((asset for asset in assets if asset.kind in SHOWN), key=lambda asset: SHOWN.index(asset.kind))
    if not ranked:
        raise NoResult("the generation has no picture")
    return ranked[0]


async def _listed(transaction: Connection, job_id: UUID, image_id: UUID) -> Item | None:
    """None, too, where its seller has deleted the item since."""
    cursor = await transaction.execute(
        """SELECT items.id FROM generation_listings JOIN items ON items.id = item_id
            WHERE generation_id = %s AND image_id = %s""",
        (job_id, image_id),
    )
    row = await cursor.fetchone()
    return await items.get(transaction, row["id"]) if row else None
