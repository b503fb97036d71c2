"""The numbers that decide what is missing."""

from __future__ import annotations

from datetime import timedelta

LOOKED_AT = timedelta(days=30)
"""What the keeper judges by, and what `search.missing` counts people over."""
ANNOUNCED_PEOPLE = 5
"""Who looks for a term before it is told of; again at twice as many, and so on."""

NO_CLICKS_PEOPLE = 3
NO_CLICKS_CHANCE = 0.001
"""Searches that find something are often left without a click. Nobody clicks in `n` of them with a chance of
(1 - r)**n, r being the share of all searches that is clicked: only beyond this chance is a term's lot its own fault.
At r = 0.35 that takes 17 searches."""
EMPTY_SHARE = 0.5
"""A term that finds nothing in at least so many of its searches, and never leads to a click, is missing."""
LATELY_PEOPLE = 3
"""A term that used to find something is missing when so many found nothing, and nobody anything since."""

CLEARLY_MORE = 3
"""A spelling is a slip of another one that at least so many times as many people use."""
SLIP_LETTERS = 6
"""Letters (jamo) that a term must have for one wrong letter to be a slip: 좀비 has 5, 마법검 8."""
SLIP_SYLLABLES = 4
"""And characters, for two swapped ones or one that is left out in the middle. At the ends that says something else:
마법 is not 마법사 mistyped, and 마법사 not 대마법사."""
