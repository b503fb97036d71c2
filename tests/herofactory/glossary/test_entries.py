from __future__ import annotations

from pathlib import Path

import pytest

from herofactory.glossary.entries import Entry, GlossaryError, Role, read_entries
from herofactory.glossary.glossary import DATA

HEADER = "word\trole\tkorean\tcategory\ttags\n"
FILES = sorted(DATA.glob("*.tsv"))


def read(folder: Path, *lines: str, header: str = HEADER) -> list[Entry]:
    path = folder / "words.tsv"
    path.write_text(header + "".join(line + "\n" for line in lines), encoding="utf-8")
    return list(read_entries(path))


def test_a_row_becomes_an_entry(tmp_path: Path) -> None:
    assert read(tmp_path, "sword\tnoun\t검|소드\tweapon\t검,근접무기") == [
        Entry("sword", Role.NOUN, ("검", "소드"), "weapon", ("검", "근접무기"))
    ]


def test_a_dash_stands_for_nothing(tmp_path: Path) -> None:
    (entry,) = read(tmp_path, "of\tpart\t-\t-\t-")
    assert (entry.korean, entry.category, entry.tags) == ((), None, ())


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        ("sword\tnoun\t검\tweapons\t-", "unknown category 'weapons'; one of weapon"),
        ("sword\tthing\t검\tweapon\t-", "'thing' is not a valid Role"),
        ("sword\tnoun\t-\tweapon\t-", "noun 'sword' has no Korean"),
        ("Sword\tnoun\t검\tweapon\t-", "'Sword' must be lower case"),
        ("sword\tnoun\t검|\tweapon\t-", "empty alternate"),
        ("sword\tnoun\t검\tweapon\t가,나,다,라,마", "5 tags on 'sword'; at most 4"),
        ("sword\tnoun\t검", "3 columns instead of 5"),
        ("sword\tnoun\t\u1100\u1165\u11b7\tweapon\t-", "not NFC"),
    ],
)
def test_a_wrong_row_is_named_by_file_and_line(tmp_path: Path, row: str, complaint: str) -> None:
    with pytest.raises(GlossaryError, match=r"words\.tsv, line 3: ") as raised:
        read(tmp_path, "of\tpart\t-\t-\t-", row)
    assert complaint in str(raised.value)


def test_a_file_without_the_header_is_refused(tmp_path: Path) -> None:
    with pytest.raises(GlossaryError, match="the first line must be word role korean category tags"):
        read(tmp_path, "sword\tnoun\t검\tweapon\t-", header="english\tkorean\n")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_row_of_the_data_is_valid(path: Path) -> None:
    entries = list(read_entries(path))
    assert entries
    assert all("\ufffd" not in "".join(entry.korean) for entry in entries)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_only_phrases_name_whole_icons(path: Path) -> None:
    if path.name != "phrases.tsv":
        whole = (Role.ICON, Role.UNNAMED)
        assert not [entry.english for entry in read_entries(path) if entry.role in whole or "-" in entry.english]


def test_no_word_has_the_same_role_twice() -> None:
    rows = [(entry.english, entry.role) for path in FILES for entry in read_entries(path)]
    assert sorted(set(rows)) == sorted(rows)


def test_every_named_icon_of_the_phrase_table_has_a_category() -> None:
    icons = [entry for entry in read_entries(DATA / "phrases.tsv") if entry.role is Role.ICON]
    assert [entry.english for entry in icons if entry.category is None] == []
