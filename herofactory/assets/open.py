"""The asset store that the settings choose: the one place where it is decided."""

from __future__ import annotations

from herofactory.assets.folder import FolderStore
from herofactory.assets.store import AssetStore
from herofactory.platform.settings import Settings


def open_store(settings: Settings) -> AssetStore:
    """Nothing is asked of it yet. Raises ValueError for an address that is none."""
    if not settings.asset_store:
        return FolderStore(settings.folder / "assets")
    from herofactory.assets.s3 import AMAZON, Bucket, S3Store  # 25 MB of client, which a folder does not need

    assert settings.s3_access_key is not None  # Settings sees to both
    assert settings.s3_secret_key is not None
    bucket = Bucket.parse(
        settings.asset_store,
        endpoint=settings.s3_endpoint or AMAZON,
        region=settings.s3_region,
        access_key=settings.s3_access_key.get_secret_value(),
        secret_key=settings.s3_secret_key.get_secret_value(),
        ca_file=settings.ca_file,
    )
    return S3Store(bucket)
