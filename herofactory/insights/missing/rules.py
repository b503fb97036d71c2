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
LATELY_PEOPLE = 3
"""Where some searches for a term found something, one with a filter or a slip may be why: it is missing when so many
people found nothing, in so great a share of all searches and without a click, or since the last one who did."""

CLEARLY_MORE = 3
"""A spelling is a slip of another one that at least so many times as many people use."""
SLIP_LETTERS = 6
"""Letters (jamo) that a term must have for one wrong letter to be a slip: 좀비 has 5, 마법검 8."""
SWAP_SYLLABLES = 3
"""Characters that it must have for two swapped ones to be a slip."""
SLIP_SYLLABLES = 4
"""And for one that is left out in the middle. At the ends that says something else: 마법 is not 마법사 mistyped, and
마법사 not 대마법사."""
