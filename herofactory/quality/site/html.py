"""HTML without a script and without anything from elsewhere: it is shown where the internet is not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

STYLE = "style.css"


def page(title: str, *body: str) -> str:
    """`title` is text; `body` is markup."""
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n"
        f'<link rel="stylesheet" href="/quality/{STYLE}">\n</head>\n<body>\n<h1>{escape(title)}</h1>\n'
        + "\n".join(body)
        + "\n</body>\n</html>\n"
    )


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """`head` is text, cells are markup."""
    top = "".join(f"<th>{escape(each)}</th>" for each in head)
    lines = "\n".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table>\n<thead><tr>{top}</tr></thead>\n<tbody>\n{lines}\n</tbody>\n</table>"


def paragraph(text: str) -> str:
    return f"<p>{escape(text)}</p>"


def verdict(*, is_met: bool) -> str:
    return f'<span class="{"met" if is_met else "unmet"}">{"met" if is_met else "not met"}</span>'


def code(text: str) -> str:
    return f"<code>{escape(text)}</code>"
