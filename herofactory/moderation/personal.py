"""Personal data that must not stand in a shop: resident numbers, cards, bank accounts, home addresses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from herofactory.moderation.datafile import word_set
from herofactory.moderation.digits import Chain, chains
from herofactory.moderation.text import View
from herofactory.moderation.verdict import Code, Decision, Finding, Reason

_BANKS = word_set("bank")
_PLAIN_BANKS = word_set("plain_bank")
_BANK_REACH = 16
"""Characters before and after a number in which the word for a bank makes it an account."""
_ACCOUNT_DIGITS = range(10, 15)
_ADDRESS = re.compile(
    r"[가-힣]{1,6}(?:시|구|군) [가-힣0-9]{1,10}(?:로|길) ?[0-9]{1,4}(?:-[0-9]{1,3})?(?![0-9가-힣a-z])"
)
_MASKED_RESIDENT = re.compile(r"(?<![0-9])[0-9]{6}-[1-8]\*{6}")
_RESIDENT_WEIGHTS = (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5)


def check_personal_data(view: View) -> Iterator[Finding]:
    found = list(chains(view.folded))
    if any(_is_resident_number(chain) for chain in found):
        yield _finding(Decision.REJECTED, Code.PERSONAL_DATA, f"the {view.field} holds a resident number: take it out")
    elif any(_is_card(chain.digits) for chain in found):
        yield _finding(Decision.REJECTED, Code.PERSONAL_DATA, f"the {view.field} holds a card number: take it out")
    elif _MASKED_RESIDENT.search(view.folded) or _ADDRESS.search(view.folded):
        detail = f"the {view.field} seems to hold an address or part of a resident number: take it out"
        yield _finding(Decision.REVIEW, Code.PERSONAL_DATA, detail)
    if any(_is_account(chain, view.folded) for chain in found):
        detail = f"the {view.field} holds a bank account: payment goes through this shop only, take it out"
        yield _finding(Decision.REJECTED, Code.ACCOUNT_NUMBER, detail)


def _is_resident_number(chain: Chain) -> bool:
    """Six digits of a real date, then seven that start with 1-8; written in one piece the check digit must fit too.

    Numbers given out since October 2020 have no check digit, so the two-part form is judged without it.
    """
    pairs = zip(chain.groups, chain.groups[1:], strict=False)
    if any(len(front) == 6 and len(back) == 7 and _resident_date(front, back[0]) for front, back in pairs):
        return True
    return any(
        len(group) == 13 and _resident_date(group[:6], group[6]) and _resident_check(group) for group in chain.groups
    )


def _resident_date(front: str, century: str) -> bool:
    first = {"1": 1900, "2": 1900, "5": 1900, "6": 1900, "3": 2000, "4": 2000, "7": 2000, "8": 2000}.get(century)
    if first is None:
        return False
    try:
        date(first + int(front[:2]), int(front[2:4]), int(front[4:]))
    except ValueError:
        return False
    return True


def _resident_check(number: str) -> bool:
    total = sum(int(digit) * weight for digit, weight in zip(number, _RESIDENT_WEIGHTS, strict=False))
    return (11 - total % 11) % 10 == int(number[12])


def _is_card(digits: str) -> bool:
    """16 digits that pass the Luhn check and start as cards do."""
    if len(digits) != 16 or digits[0] not in "34569":
        return False
    doubled = (int(digit) * (2 - index % 2) for index, digit in enumerate(digits))
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def _is_account(chain: Chain, text: str) -> bool:
    """A number in one piece needs a plainer word beside it: 하나, 기업 and 토스 are everyday words."""
    if len(chain.digits) not in _ACCOUNT_DIGITS or max(map(len, chain.groups)) < 4:
        return False
    around = text[max(0, chain.start - _BANK_REACH) : chain.end + _BANK_REACH]
    words = _BANKS if len(chain.groups) > 1 else _PLAIN_BANKS
    return any(bank in around for bank in words)


def _finding(decision: Decision, code: Code, detail: str) -> Finding:
    return Finding("personal_data", decision, Reason(code, detail))
