from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from elasticsearch import ApiError, Elasticsearch, NotFoundError, TransportError

from herofactory.search.errors import IndexMissing, IndexUnavailable

ALIAS = "items"
# Seconds. A bulk of 500 takes 0.3; a search 0.01.
REQUEST_TIMEOUT_S = 30.0


def make_client(
    urls: Sequence[str],
    *,
    basic_auth: tuple[str, str] | None = None,
    api_key: str | None = None,
    ca_certs: str | None = None,
    timeout_s: float = REQUEST_TIMEOUT_S,
) -> Elasticsearch:
    """Connects to nothing yet. It never repeats a request by itself: whoever asks decides that, knowing the outcome."""
    more: dict[str, Any] = {"ca_certs": ca_certs} if ca_certs else {}
    return Elasticsearch(
        list(urls),
        basic_auth=basic_auth,
        api_key=api_key,
        request_timeout=timeout_s,
        max_retries=0,
        retry_on_timeout=False,
        **more,
    )


@contextmanager
def told_as_ours(alias: str) -> Iterator[None]:
    """Elasticsearch's errors as those of herofactory.search.errors."""
    try:
        yield
    except NotFoundError as error:
        raise IndexMissing(f"There is no search index {alias!r} in Elasticsearch yet; the writer makes it.") from error
    except (ApiError, TransportError) as error:
        raise IndexUnavailable(f"Elasticsearch does not answer: {str(error)[:300]}") from error
