"""Tables on a terminal that is too narrow, and where there is none."""

from __future__ import annotations

from rich.cells import cell_len
from rich.console import Console

from cli.options import console
from cli.tables.listing import Listing

ID = "moderation:item.created:0:123456"
WHY = "the manifest has [no] field :key:, and more than that is wrong with it"


def letters() -> Listing:
    listing = Listing("id", "at", "times", "why", numbers=("times",), prose=("why",), spare=("times", "at"))
    listing.add(ID, "2026-11-24 02:02:02", "1", WHY)
    listing.add("b:t:0:7", "2026-11-24 02:02:03", "12", "first line\nsecond line")
    return listing


def lines(listing: Listing, width: int) -> list[str]:
    narrow = Console(width=width, markup=False, emoji=False)
    with narrow.capture() as captured:
        narrow.print(listing)
    return [line.rstrip() for line in captured.get().splitlines()]


def test_where_nobody_looks_every_row_is_one_line_and_every_value_whole() -> None:
    assert not console.is_terminal
    head, first, second = lines(letters(), console.width)
    assert head.split() == ["id", "at", "times", "why"]
    assert first == f"{ID}  2026-11-24 02:02:02      1  {WHY}"
    assert second.endswith("12  first line second line")


def test_prose_goes_over_several_lines_before_anything_is_left_out() -> None:
    head, *rest = lines(letters(), 100)
    assert head.split() == ["id", "at", "times", "why"]
    assert rest[0].startswith(f"{ID}  2026-11-24 02:02:02      1  the manifest")
    assert len(rest) > 2


def test_what_can_be_spared_is_left_out_in_its_order_and_named() -> None:
    head, first, *_, last = lines(letters(), 72)
    assert head.split() == ["id", "at", "why"]
    assert first.startswith(f"{ID}  2026-11-24 02:02:02  the")
    assert last == "no room for times: a pipe or --json has them"
    head, first, *_, last = lines(letters(), 60)
    assert head.split() == ["id", "why"]
    assert first.startswith(f"{ID}  the manifest")
    assert last == "no room for times, at: a pipe or --json has them"


def test_what_fits_nowhere_is_folded_and_never_cut() -> None:
    shown = lines(letters(), 24)
    assert max(map(cell_len, shown)) <= 24
    assert ID in "".join(line.split(" ")[0] for line in shown)


def test_korean_takes_two_places_a_letter() -> None:
    listing = Listing("name", "price", numbers=("price",))
    listing.add("불타는 마법검", "1,000")
    assert lines(listing, 20) == ["name           price", "불타는 마법검  1,000"]


def test_without_rows_there_are_headings() -> None:
    assert lines(Listing("suite", "rows", numbers=("rows",)), 80) == ["suite  rows"]
