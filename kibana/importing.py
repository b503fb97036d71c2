"""`make kibana-import`: index templates to Elasticsearch, then dashboards to Kibana. Repeating it changes nothing.

KIBANA_URL and ELASTICSEARCH_URL name the servers, with user and password where they are asked for
(`http://elastic:PASSWORD@127.0.0.1:5601`). An empty ELASTICSEARCH_URL leaves the templates alone.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from typing import Any

import httpx

from kibana.generate import FILE
from kibana.templates import component_templates, index_templates

TIMEOUT_S = 30.0
KIBANA_URL = "http://127.0.0.1:5601"
ELASTICSEARCH_URL = "http://127.0.0.1:9200"


class ImportFailed(Exception):
    """Says which server, what it answered, and what to do."""


def put_templates(elasticsearch: httpx.Client) -> Iterator[str]:
    """Component templates first: index templates are made of them. Yields what was put.

    A data stream that exists takes a changed mapping at its next rollover.
    """
    for kind, templates in (("component_template", component_templates()), ("index_template", index_templates())):
        for name, template in templates.items():
            answer = _ask(elasticsearch, "PUT", f"/_{kind}/{name}", "ELASTICSEARCH_URL", json=template)
            if not answer.is_success:
                raise ImportFailed(f"Elasticsearch refused {kind} {name} ({answer.status_code}): {answer.text[:1000]}")
            yield f"{kind.replace('_', ' ')} {name}"


def import_objects(kibana: httpx.Client) -> str:
    """All or none: an object that Kibana refuses is an error, although it keeps the others."""
    files = {"file": (FILE.name, FILE.read_bytes(), "application/x-ndjson")}
    answer = _ask(
        kibana,
        "POST",
        "/api/saved_objects/_import",
        "KIBANA_URL",
        params={"overwrite": "true"},
        headers={"kbn-xsrf": "true"},
        files=files,
    )
    if not answer.is_success:
        raise ImportFailed(f"Kibana refused the import ({answer.status_code}): {answer.text[:1000]}")
    told = answer.json()
    if not told["success"]:
        refused = [f"{each['type']} {each['id']}: {each['error']}" for each in told.get("errors", [])]
        raise ImportFailed("Kibana refused " + "; ".join(refused))
    return f"{told['successCount']} saved objects"


def _ask(client: httpx.Client, method: str, path: str, variable: str, **content: Any) -> httpx.Response:
    try:
        return client.request(method, path, **content)
    except httpx.HTTPError as error:
        # Without the user and password of the address.
        where = f"{client.base_url.scheme}://{client.base_url.netloc.decode()}"
        raise ImportFailed(f"{where} cannot be reached ({error}); is it running? {variable} names another") from error


def run(environment: Mapping[str, str]) -> Iterator[str]:
    """Yields a line for each thing done, templates first. Raises `ImportFailed`."""
    elasticsearch_url = environment.get("ELASTICSEARCH_URL", ELASTICSEARCH_URL)
    if elasticsearch_url:
        with httpx.Client(base_url=elasticsearch_url, timeout=TIMEOUT_S) as elasticsearch:
            yield from put_templates(elasticsearch)
    else:
        yield "templates left alone: ELASTICSEARCH_URL is empty"
    with httpx.Client(base_url=environment.get("KIBANA_URL") or KIBANA_URL, timeout=TIMEOUT_S) as kibana:
        yield import_objects(kibana)


def main() -> int:
    try:
        for line in run(os.environ):
            print(line)
    except ImportFailed as failure:
        print(failure, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
