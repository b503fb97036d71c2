from __future__ import annotations

import pytest

from herofactory.platform.delivery.errors import classify
from herofactory.platform.events.confluent import ConfluentRegistry, RegistryUnavailable


def test_a_registry_that_does_not_answer_is_an_outage() -> None:
    # Port 1 of this machine: nothing listens there.
    registry = ConfluentRegistry("http://127.0.0.1:1")
    with pytest.raises(RegistryUnavailable, match="does not answer") as caught:
        registry.schema(1)
    assert classify(caught.value) == "outage"
    registry.close()
