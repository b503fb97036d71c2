from __future__ import annotations

import json
from pathlib import Path

import pytest

from herofactory.catalog.importing.rows import BadLine, ImportRow, count_lines, read_rows

GOOD = {"external_id": "a", "name": "불타는 검", "category": "weapon", "price": 1500, "tags": ["불", "검"]}


def write(path: Path, *lines: object) -> Path:
    texts = (line if isinstance(line, str) else json.dumps(line, ensure_ascii=False) for line in lines)
    path.write_text("\n".join(texts) + "\n", encoding="utf-8")
    return path


def the_row(path: Path) -> ImportRow | BadLine:
    (row,) = read_rows(path)
    return row


def test_a_good_line_is_read_whole(tmp_path: Path) -> None:
    row = the_row(write(tmp_path / "c.jsonl", GOOD))
    assert isinstance(row, ImportRow)
    assert (row.external_id, row.content.name, row.content.price) == ("a", "불타는 검", 1500)
    assert row.content.tags == ("불", "검")


def test_a_csv_says_the_same_as_json_lines(tmp_path: Path) -> None:
    csv = write(tmp_path / "c.csv", "external_id,name,category,price,tags", 'a,불타는 검,weapon,1500,"불,검"')
    row, same = the_row(csv), the_row(write(tmp_path / "c.jsonl", GOOD))
    assert isinstance(row, ImportRow)
    assert isinstance(same, ImportRow)
    assert (row.external_id, row.content) == (same.external_id, same.content)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"name": ""}, "name: must not be empty"),
        ({"name": None}, "name: is missing"),
        ({"name": "가" * 101}, "at most 100 characters"),
        ({"name": "a\u0000b"}, r"U\+0000 at position 1"),
        ({"category": "sword"}, "unknown category 'sword'"),
        ({"price": -1}, "whole KRW from 0"),
        ({"image": "https://example.com/x.png"}, "is an address"),
        ({"price": 1.5}, "price: must be int"),
        ({"price": True}, "price: must be int"),
        ({"price": "1500"}, "price: must be int"),
        ({"tags": "불"}, "tags: must be list"),
        ({"tags": [1]}, "list of texts"),
        ({"tags": [str(n) for n in range(11)]}, "at most 10 tags"),
        ({"description": "a" * 5001}, "at most 5000 characters"),
        ({"image": "../../etc/passwd"}, "outside the catalogue's folder"),
        ({"colour": "red"}, "unknown field 'colour'"),
        ({"attribution": {"author": 1}}, "object of texts"),
    ],
)
def test_a_bad_line_says_what_is_wrong(tmp_path: Path, change: dict[str, object], complaint: str) -> None:
    row = the_row(write(tmp_path / "c.jsonl", {**GOOD, **change}))
    assert isinstance(row, BadLine)
    with pytest.raises(ValueError, match=complaint):
        raise ValueError(row.error)


@pytest.mark.parametrize("text", ["{", "[1]", '"x"', "{'a': 1}", "\x00", "[" * 100_000])
def test_a_line_that_is_no_object_is_bad_and_nothing_else(tmp_path: Path, text: str) -> None:
    assert isinstance(the_row(write(tmp_path / "c.jsonl", text)), BadLine)


def test_a_line_that_is_not_utf8_is_bad_and_its_neighbours_are_good(tmp_path: Path) -> None:
    good = json.dumps(GOOD).encode()
    (tmp_path / "c.jsonl").write_bytes(good + b"\n" + b'{"name": "\xff\xfe"}\n' + good)
    rows = list(read_rows(tmp_path / "c.jsonl"))
    assert [type(row) for row in rows] == [ImportRow, BadLine, ImportRow]
    assert rows[1].number == 2


@pytest.mark.parametrize(
    ("name", "text"), [("c.csv", "name,category,price\n불타는 검,weapon,1\n"), ("c.jsonl", '{"name": "불타는 검"}\n')]
)
def test_a_file_in_another_encoding_is_told_apart(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_bytes(text.encode("cp949"))
    row = the_row(tmp_path / name)
    assert isinstance(row, BadLine)
    assert "save the file as UTF-8" in row.error


def test_hangul_that_is_not_composed_is_stored_composed(tmp_path: Path) -> None:
    row = the_row(write(tmp_path / "c.jsonl", {**GOOD, "name": "\u1100\u1165\u11b7"}))
    assert isinstance(row, ImportRow)
    assert row.content.name == "검"


def test_a_csv_row_with_too_few_columns_is_bad(tmp_path: Path) -> None:
    row = the_row(write(tmp_path / "c.csv", "name,category,price", "검,weapon"))
    assert isinstance(row, BadLine)
    assert "2 columns" in row.error


def test_a_csv_without_a_header_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="must name the columns"):
        list(read_rows(write(tmp_path / "c.csv", "검,weapon,5")))


def test_another_kind_of_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"JSON Lines .* or CSV"):
        list(read_rows(write(tmp_path / "c.xlsx", "x")))


def test_blank_lines_do_not_count(tmp_path: Path) -> None:
    path = write(tmp_path / "c.jsonl", GOOD, "", "   ", GOOD)
    assert count_lines(path) == len(list(read_rows(path))) == 2


def test_without_an_external_id_the_content_is_the_id(tmp_path: Path) -> None:
    bare = {name: value for name, value in GOOD.items() if name != "external_id"}
    first, again, other = (
        row
        for row in read_rows(write(tmp_path / "c.jsonl", bare, bare, {**bare, "price": 1}))
        if isinstance(row, ImportRow)
    )
    assert first.external_id == again.external_id != other.external_id
