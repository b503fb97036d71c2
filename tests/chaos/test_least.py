from __future__ import annotations

import pytest

from tests.chaos.least import LEAST, missing, wait_enough
from tests.chaos.memory import Memory


def test_a_run_in_which_nothing_was_done_is_no_proof() -> None:
    assert missing(Memory()) == LEAST
    with pytest.raises(AssertionError, match="too little was done"):
        wait_enough(Memory(), within_s=0)
