"""One attempt to deliver a batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from herofactory.platform.eventlog.port import EventLog, LogError, RecordTooLarge, UnknownTopic
from herofactory.platform.records import Outgoing


@dataclass(frozen=True, slots=True)
class Outcome:
    settled: int
    """So many of the first need no further attempt."""
    refused: Sequence[str] = ()
    """Why, for each of these that the log will never take."""
    outage: Exception | None = None
    """What kept the rest from being delivered."""


def deliver(log: EventLog, batch: Sequence[Outgoing]) -> Outcome:
    """Never raises. What the log can never take is found by writing one by one, and does not hold up the rest."""
    try:
        log.publish(batch)
    except (RecordTooLarge, UnknownTopic):
        return _one_by_one(log, batch)
    except (LogError, OSError) as error:
        return Outcome(0, outage=error)
    except Exception:  # noqa: BLE001  (a message that breaks the adapter must not stand in the way for ever)
        return _one_by_one(log, batch)
    return Outcome(len(batch))


def _one_by_one(log: EventLog, batch: Sequence[Outgoing]) -> Outcome:
    refused: list[str] = []
    for settled, message in enumerate(batch):
        try:
            log.publish([message])
        except RecordTooLarge:
            refused.append("too_large")
        except UnknownTopic:
            refused.append("unknown_topic")
        except (LogError, OSError) as error:
            return Outcome(settled, refused, error)
        except Exception:  # noqa: BLE001  (as above)
            refused.append("error")
    return Outcome(len(batch), refused)
