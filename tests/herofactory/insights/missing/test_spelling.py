from __future__ import annotations

import pytest

from herofactory.insights.missing.spelling import Written, heads


def merged(vain: dict[str, int], found: dict[str, int] | None = None) -> dict[str, str]:
    """`vain`: people per term without results; `found`: per term with some."""
    return heads(vain.keys(), {term: Written(people) for term, people in {**vain, **(found or {})}.items()})


@pytest.mark.parametrize(
    "slip",
    [
        "마그마골램",  # one letter
        "마그마골레",  # one letter left out
        "마그골렘",  # a syllable left out
        "마마그골렘",  # two swapped
        "akrmakrhffpa",  # the other keyboard layout
    ],
)
def test_a_slip_belongs_to_what_clearly_more_people_write(slip: str) -> None:
    assert merged({"마그마골렘": 9, slip: 2}) == {slip: "마그마골렘"}


def test_two_spellings_that_are_equally_common_stay_two() -> None:
    assert merged({"마그마골렘": 9, "마그마골램": 8}) == {}


@pytest.mark.parametrize(("longer", "shorter"), [("대마법사", "마법사"), ("마법검사", "마법검"), ("곰", "공")])
def test_what_means_something_else_is_no_slip(longer: str, shorter: str) -> None:
    assert merged({longer: 90, shorter: 2}) == {}
    assert merged({longer: 2, shorter: 90}) == {}


def test_what_finds_something_is_never_a_slip() -> None:
    assert merged({"마그마골렘": 90}, {"마그마골램": 2}) == {}


def test_a_slip_of_what_is_there_is_not_missing_by_itself() -> None:
    assert merged({"불타는망또": 2}, {"불타는망토": 30}) == {"불타는망또": "불타는망토"}


def test_terms_that_differ_only_because_of_a_space_are_one() -> None:
    """구름성채 is read as one unknown word, 구름 성채 as two known ones."""
    known = {"구름성채": Written(9, frozenset({"구름 성채"})), "구름채": Written(3, frozenset({"구름성채"}))}
    assert heads(known.keys(), known) == {"구름채": "구름성채"}


def test_a_slip_of_a_slip_belongs_to_what_both_mean() -> None:
    vain = {"마그마골렘": 90, "마그마골램": 10, "마그마굴램": 2}
    assert merged(vain) == {"마그마골램": "마그마골렘", "마그마굴램": "마그마골렘"}
