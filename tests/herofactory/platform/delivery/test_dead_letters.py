from __future__ import annotations

from dataclasses import replace

import pytest

from herofactory.platform.delivery import DeadLetter, Poison, list_dead_letters
from herofactory.platform.eventlog.port import TopicConfig, UnknownTopic
from streams.testing_log import MemoryLog
from tests.support.clock import InstantClock
from tests.support.delivery import EPOCH, record


def log_with(*letters: DeadLetter) -> MemoryLog:
    topics = [TopicConfig(name, 1, None) for name in ("dead.a", "dead.b", "item.created")]
    log = MemoryLog(InstantClock(), topics)
    log.publish([letter.to_outgoing() for letter in letters])
    return log


def letter(agent: str, offset: int, error: Exception | None = None) -> DeadLetter:
    return DeadLetter.of(agent, record(offset), error or Poison("x"), attempts=1, at=EPOCH)


def test_letters_of_all_agents_are_listed_by_agent_in_the_order_they_were_written() -> None:
    log = log_with(letter("b", 3), letter("a", 2), letter("a", 1))
    assert [(found.agent, found.offset) for found in list_dead_letters(log)] == [("a", 2), ("a", 1), ("b", 3)]


def test_a_letter_that_was_written_twice_is_listed_once_as_it_was_first() -> None:
    log = log_with(letter("a", 1, KeyError("first")), letter("a", 1, Poison("again")), letter("a", 2))
    assert [(found.offset, found.cause) for found in list_dead_letters(log)] == [(1, "KeyError"), (2, "Poison")]


def test_two_agents_may_bury_the_same_record() -> None:
    assert len(list(list_dead_letters(log_with(letter("a", 1), letter("b", 1))))) == 2


def test_one_agents_letters_are_listed_alone() -> None:
    log = log_with(letter("a", 1), letter("a", 2), letter("b", 3))
    assert [found.offset for found in list_dead_letters(log, "a")] == [1, 2]


def test_long_topics_are_read_to_their_end() -> None:
    log = log_with(*(letter("a", n) for n in range(1203)))
    assert len(list(list_dead_letters(log, "a"))) == 1203


def test_a_letter_that_failed_again_after_a_redrive_is_listed_as_it_is_now() -> None:
    again = replace(letter("a", 1, KeyError("second")), redriven=1)
    log = log_with(letter("a", 1), letter("a", 2), again, letter("a", 1))
    assert [(found.offset, found.cause) for found in list_dead_letters(log)] == [(2, "Poison"), (1, "KeyError")]


def test_an_agent_without_dead_letter_topic_is_an_error_that_names_the_others() -> None:
    with pytest.raises(UnknownTopic, match="'c'; there are: a, b"):
        next(list_dead_letters(log_with(), "c"))
