from __future__ import annotations

import pytest

from herofactory.platform.postgres import vector_support
from herofactory.platform.postgres.vector import judge, parse_cpuinfo

HASWELL = frozenset({"avx", "avx2", "fma", "f16c", "sse4_2"})


def test_a_processor_with_all_instructions_may_use_vectors() -> None:
    assert judge("Linux", "x86_64", HASWELL).usable


@pytest.mark.parametrize("name", ["avx2", "fma", "f16c"])
def test_a_missing_instruction_is_named(name: str) -> None:
    support = judge("Linux", "x86_64", HASWELL - {name})
    assert not support.usable
    assert name.upper() in support.reason


def test_a_processor_nobody_tried_is_not_trusted() -> None:
    assert not judge("Linux", "aarch64", frozenset()).usable


def test_one_weak_core_decides() -> None:
    text = "processor : 0\nflags : fpu avx2 fma f16c\n\nprocessor : 1\nflags : fpu avx2\n"
    assert parse_cpuinfo(text) == {"fpu", "avx2"}


def test_this_machine_gets_an_answer_with_a_reason() -> None:
    assert vector_support().reason
