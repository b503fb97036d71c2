"""What the pages say."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from html import escape

from herofactory.quality.result import Check, SuiteResult
from herofactory.quality.site.html import code, page, paragraph, table, verdict
from herofactory.quality.store import Stored

TITLE = "Data quality"


def index(suites: Sequence[Stored], with_page: Collection[str]) -> str:
    """`with_page`: suites that have a page here."""
    if not suites:
        return nothing_yet()
    rows = [
        (
            _link(each.suite) if each.suite in with_page else escape(each.suite),
            verdict(is_met=each.passed),
            f"{each.expectations - each.failed:,} of {each.expectations:,}",
            _moment(each.started_at),
            f"{each.duration_ms / 1000:.1f} s",
            "<br>".join(map(escape, each.reasons)),
        )
        for each in suites
    ]
    return page(TITLE, table(("suite", "result", "expectations met", "last run", "took", "not so"), rows))


def nothing_yet() -> str:
    """Where no suite ran so far."""
    return page(
        TITLE,
        paragraph(
            "No suite of expectations has run yet. The first run comes some minutes after the platform was started, "
            "and then one every HERO_QUALITY_INTERVAL_S seconds (0: none)."
        ),
        f"<p>To run them now: {code('hero quality run')}</p>",
    )


def suite(result: SuiteResult) -> str:
    parts: list[str] = [
        '<p><a href="/quality">All suites</a></p>',
        paragraph(f"{result.about}. Run at {_moment(result.started_at)}, in {result.duration_ms / 1000:.1f} s."),
    ]
    for source, rows in result.rows.items():
        parts.append(f"<h2>{escape(source)}</h2>")
        checks = [check for check in result.checks if check.source == source]
        parts.append(paragraph(f"{rows:,} rows were looked at.") if rows else paragraph("There is nothing in it yet."))
        if checks:
            parts.append(table(("result", "expectation", "unexpected rows", "where"), map(_line, checks)))
    return page(f"{TITLE}: {result.suite}", *parts)


def _line(check: Check) -> tuple[str, str, str, str]:
    words = f'{escape(check.description)}<br><span class="small">{code(check.expectation)}</span>'
    if check.problem:
        words += f"<br>{escape(f'could not be checked: {check.problem}')}"
    unexpected = "" if check.unexpected is None else f"{check.unexpected:,}"
    return verdict(is_met=check.met), words, unexpected, "<br>".join(map(code, check.places))


def _link(suite: str) -> str:
    return f'<a href="/quality/{escape(suite)}.html">{escape(suite)}</a>'


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S %Z}"
