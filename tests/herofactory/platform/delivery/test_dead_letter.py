from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from herofactory.platform.delivery import DeadLetter, Poison, Undecodable
from herofactory.platform.delivery.dead_letter import UNKNOWN
from herofactory.platform.delivery.redriven import Redriven, restore
from herofactory.platform.delivery.safe_message import MESSAGE_CHARS, safe_message
from herofactory.platform.records import Outgoing, Record
from tests.support.delivery import EPOCH, record


def read_back(message: Outgoing, offset: int = 0) -> DeadLetter:
    return DeadLetter.from_record(
        Record(message.topic, 0, offset, message.key, message.value, message.headers, EPOCH.timestamp())
    )


@given(
    key=st.none() | st.binary(),
    value=st.none() | st.binary(),
    headers=st.dictionaries(st.text(max_size=8).filter(lambda name: not name.startswith("dead-")), st.binary()),
    message=st.text(),
    attempts=st.integers(0, 99),
)
def test_a_dead_letter_brings_back_the_very_record(
    key: bytes | None, value: bytes | None, headers: dict[str, bytes], message: str, attempts: int
) -> None:
    original = Record("item.created", 3, 77, key, value, headers, 0)
    label = "moderation.g2"
    letter = DeadLetter.of("moderation", original, Poison(message), attempts=attempts, at=EPOCH, label=label)
    assert read_back(letter.to_outgoing()) == letter
    retry = letter.to_retry()
    came = [Record(retry.topic, 0, 9, retry.key, retry.value, retry.headers, 1.0)]
    (back,) = restore(came, label)
    assert retry.topic == "retry.moderation"
    assert back == Redriven(**asdict(original), redriven=1, attempts=attempts, ordered=False, label=label)
    assert not restore(came, "moderation")
    assert not restore(came, "moderation.g3")


def test_it_is_written_with_the_original_key_value_and_headers_and_says_why() -> None:
    source = record(5, "x")
    error = Undecodable("not JSON")
    message = DeadLetter.of("counting", source, error, attempts=2, at=EPOCH + timedelta(seconds=1)).to_outgoing()
    assert (message.topic, message.key, message.value) == ("dead.counting", b"k", b'"x"')
    assert dict(message.headers) == dict(source.headers) | {
        "dead-agent": b"counting",
        "dead-class": b"decode",
        "dead-cause": b"Undecodable",
        "dead-message": b"not JSON",
        "dead-topic": b"numbers",
        "dead-partition": b"0",
        "dead-offset": b"5",
        "dead-attempts": b"2",
        "dead-redriven": b"0",
        "dead-timestamp": repr(EPOCH.timestamp()).encode(),
        "dead-at": b"2026-01-01T00:00:01.000000+00:00",
    }


def test_a_redriven_record_that_fails_again_does_not_pile_up_causes() -> None:
    first = DeadLetter.of("a", record(1), Poison("first"), attempts=1, at=EPOCH).to_outgoing()
    again = Record("numbers", 0, 9, first.key, first.value, first.headers, 0)
    second = DeadLetter.of("a", again, Poison("second"), attempts=1, at=EPOCH)
    assert second.headers == record(1).headers
    assert (second.message, second.offset) == ("second", 9)


def test_the_event_id_of_the_original_is_kept() -> None:
    letter = DeadLetter.of("a", record(1), Poison("x"), attempts=1, at=EPOCH)
    assert str(read_back(letter.to_outgoing()).event_id).encode() == record(1).headers["event-id"]


def test_what_nobody_says_a_generation_of_goes_to_all_of_them() -> None:
    retry = DeadLetter.of("a", record(1), Poison("x"), attempts=1, at=EPOCH).to_retry()
    came = [Record(retry.topic, 0, 9, retry.key, retry.value, retry.headers, 1.0)]
    assert [len(restore(came, label)) for label in ("a", "a.g2")] == [1, 1]


def test_a_generation_of_another_agent_wrote_no_letter_of_this_one() -> None:
    letter = DeadLetter.of("a", record(1), Poison("x"), attempts=1, at=EPOCH, label="b.g2")
    assert read_back(letter.to_outgoing()).is_foreign


def test_a_foreign_record_in_the_topic_is_shown_as_unknown() -> None:
    letter = read_back(Outgoing("dead.a", b"k", b"v", {"dead-topic": b"t", "dead-class": b"nonsense"}), offset=4)
    assert (letter.cause, letter.agent, letter.topic, letter.offset) == (UNKNOWN, "a", "dead.a", 4)


def test_messages_are_one_bounded_line() -> None:
    text = safe_message(ValueError("first\n   second " + "x" * 5000))
    assert text.startswith("first second xxx")
    assert len(text) == MESSAGE_CHARS


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("could not connect to postgresql://hero:hunter2@localhost/db", "hunter2"),
        ("401 for Authorization: Bearer abcdefgh12345678", "abcdefgh12345678"),
        ("Incorrect API key provided: sk-proj-abcdefgh1234", "abcdefgh1234"),
        ("password=hunter2 host=localhost", "hunter2"),
        ('{"openai_api_key": "hunter2hunter2"}', "hunter2hunter2"),
        ("token: eyJhbGciOi.eyJzdWIiOiI.c2lnbmF0dXJl", "c2lnbmF0dXJl"),
    ],
)
def test_credentials_are_blanked(text: str, secret: str) -> None:
    cleaned = safe_message(RuntimeError(text))
    assert secret not in cleaned
    assert "***" in cleaned
