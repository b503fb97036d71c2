"""Telephone numbers, Korean above all, and what only looks like one."""

from __future__ import annotations

import re
from collections.abc import Iterator

from herofactory.moderation.datafile import word_set
from herofactory.moderation.digits import Chain, chains, spoken_runs
from herofactory.moderation.text import View
from herofactory.moderation.verdict import Code, Decision, Finding, Reason

_MOBILE = re.compile(r"01[016789][0-9]{7,8}")
_MOBILE_ABROAD = re.compile(r"(?:00)?8201?[016789][0-9]{7,8}|(?:00)?821[016789][0-9]{7,8}")
_SPOKEN_MOBILE = re.compile(
    r"(?<![0-9])[0oᄋ공영][1li일][016-9oᄋ공영일육륙칠팔구][0-9공영일이삼사오육륙칠팔구]{7,8}(?![0-9])"
)
_AREA = re.compile(r"02|03[1-3]|04[1-4]|05[1-5]|06[1-4]|070|050[0-9]?|080")
_NATIONWIDE = re.compile(r"1[568](?:00|11|22|33|44|55|61|66|70|77|88|99)")
_CALLING = ("문의", "전화", "연락", "상담", "콜센터", "고객센터", "tel", "call", "phone")
LONGEST_ENDING = 12


def check_phones(view: View) -> Iterator[Finding]:
    decisions = {decision for chain in chains(view.folded) if (decision := _judge(chain, view.folded))}
    if _spoken_mobile(view.folded):
        decisions.add(Decision.REJECTED)
    for decision in sorted(decisions, key=lambda each: -each.strictness)[:1]:
        likely = "holds" if decision is Decision.REJECTED else "may hold"
        detail = f"the {view.field} {likely} a phone number: buyers and sellers meet here only, take it out"
        yield Finding("contact", decision, Reason(Code.CONTACT_PHONE, detail))


def _judge(chain: Chain, text: str) -> Decision | None:
    if any(_is_phone(groups) for groups in chain.windows()):
        return None if _names_file(text[chain.end :][:LONGEST_ENDING]) else Decision.REJECTED
    if len(chain.groups) == 2 and _NATIONWIDE.fullmatch(chain.groups[0]) and len(chain.groups[1]) == 4:
        return Decision.REJECTED if any(word in text for word in _CALLING) else None
    abroad = text[max(0, chain.start - 1) : chain.start] == "+" and len(chain.groups) > 2
    return Decision.REVIEW if abroad and 10 <= len(chain.digits) <= 14 else None


def _names_file(after: str) -> bool:
    """`sprite_010_1234_5678.png`"""
    ending = re.match(r"\.([a-z]{2,8})(?![a-z])", after)
    return ending is not None and ending.group(1) in word_set("file")


def _is_phone(groups: tuple[str, ...]) -> bool:
    digits = "".join(groups)
    if len(groups[0]) == 2 and groups[0] != "82":  # a date, 01.15 - 2024.02, is no mobile number
        return _is_local(groups)
    return bool(_MOBILE.fullmatch(digits) or _MOBILE_ABROAD.fullmatch(digits)) or _is_local(groups)


def _is_local(groups: tuple[str, ...]) -> bool:
    """`02-123-4567`: area code, exchange and line, each a group of its own."""
    if len(groups) != 3 or not _AREA.fullmatch(groups[0]):
        return False
    return len(groups[1]) in (3, 4) and len(groups[2]) == 4


def _spoken_mobile(text: str) -> bool:
    """`공일공 일이삼사 오육칠팔`, `o1o-1234-5678`; plain digits are the other check's."""
    matches = (match for run in spoken_runs(text) for match in _SPOKEN_MOBILE.finditer(run))
    return any(not match.group().isdigit() for match in matches)
