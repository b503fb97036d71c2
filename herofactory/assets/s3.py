"""Images in a bucket that speaks Amazon's S3: one object per content hash.

Rights needed: GetObject and PutObject on the objects, ListBucket on the bucket. Without the last one a missing object
answers 403, which cannot be told from a wrong key.
"""

from __future__ import annotations

import io
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

import urllib3
from minio import Minio
from minio.error import MinioException, S3Error

from herofactory.assets.image import Image
from herofactory.assets.store import AssetNotFound, StoreUnavailable

AMAZON = "https://s3.amazonaws.com"
CONNECT_S, ANSWER_S = 3.0, 20.0
CONNECTIONS = 16
# Each call may be sent twice: the same bytes under the same name change nothing.
_RETRIES = urllib3.Retry(total=2, backoff_factor=0.2, status_forcelist=[500, 502, 503, 504], allowed_methods=None)


@dataclass(frozen=True, slots=True)
class Bucket:
    name: str
    prefix: str = ""
    """In front of every name, without a slash at either end."""
    endpoint: str = AMAZON
    region: str | None = None
    """None: asked of the server."""
    access_key: str = field(default="", repr=False)
    secret_key: str = field(default="", repr=False)
    ca_file: Path | None = None

    @classmethod
    def parse(cls, url: str, **more: object) -> Bucket:
        """From s3://bucket[/prefix]. Raises ValueError."""
        parts = urlsplit(url)
        if parts.scheme != "s3" or not parts.netloc or "@" in parts.netloc or parts.query or parts.fragment:
            raise ValueError("the asset store is s3://BUCKET or s3://BUCKET/PREFIX")
        return cls(parts.netloc, parts.path.strip("/"), **more)  # type: ignore[arg-type]  # checked by its callers

    def __str__(self) -> str:
        return f"s3://{self.name}{f'/{self.prefix}' if self.prefix else ''} at {self.endpoint}"


class S3Store:
    """Objects `prefix`/ab/abcdef....png. An object is there whole or not at all; S3 stores it before it answers."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket
        self._client = _client(bucket)

    def put(self, image: Image) -> None:
        if self.exists(image.sha256):
            return
        with self._talking(image.sha256):
            self._client.put_object(
                self._bucket.name,
                self._key(image.sha256),
                io.BytesIO(image.data),
                len(image.data),
                content_type=image.media_type,
            )

    def read(self, sha256: str) -> bytes:
        with self._talking(sha256):
            response = self._client.get_object(self._bucket.name, self._key(sha256))
            try:
                return bytes(response.read())
            finally:
                response.close()
                response.release_conn()

    def exists(self, sha256: str) -> bool:
        try:
            with self._talking(sha256):
                self._client.stat_object(self._bucket.name, self._key(sha256))
        except AssetNotFound:
            return False
        return True

    def discard(self, sha256: str, before: datetime) -> bool:  # noqa: ARG002
        """Never: between looking at an object and deleting it, somebody may rely on it, and S3 has no way to tell."""
        return False

    def probe(self) -> str:
        with self._talking(""):
            if not self._client.bucket_exists(self._bucket.name):
                raise StoreUnavailable(f"there is no bucket {self._bucket.name!r} at {self._bucket.endpoint}: make it")
        return str(self._bucket)

    def _key(self, sha256: str) -> str:
        name = f"{sha256[:2]}/{sha256}.png"
        return f"{self._bucket.prefix}/{name}" if self._bucket.prefix else name

    @contextmanager
    def _talking(self, sha256: str) -> Iterator[None]:
        """The client's errors as the port's."""
        try:
            yield
        except S3Error as error:
            if error.code == "NoSuchKey":
                raise AssetNotFound(f"no image {sha256!r} in {self._bucket}") from error
            raise StoreUnavailable(f"{self._bucket} refuses: {error.code}: {error.message}") from error
        except (MinioException, urllib3.exceptions.HTTPError) as error:
            raise StoreUnavailable(f"{self._bucket} does not answer: {type(error).__name__}") from error


def _client(bucket: Bucket) -> Minio:
    parts = urlsplit(bucket.endpoint)
    pool = urllib3.PoolManager(
        maxsize=CONNECTIONS,
        timeout=urllib3.Timeout(connect=CONNECT_S, read=ANSWER_S),
        retries=_RETRIES,
        ssl_context=ssl.create_default_context(cafile=bucket.ca_file),
    )
    return Minio(
        parts.netloc,
        bucket.access_key,
        bucket.secret_key,
        secure=parts.scheme == "https",
        region=bucket.region,
        http_client=pool,
    )
