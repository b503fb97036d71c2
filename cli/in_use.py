"""Which generation of each target is in use: its agents alone tell others what they did."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from herofactory.platform.delivery.dead_letter import DEAD_PREFIX
from herofactory.platform.delivery.publisher import Publisher
from herofactory.platform.delivery.redriven import RETRY_PREFIX
from herofactory.platform.records import Outgoing
from herofactory.platform.replay.generations import FIRST, Generation

Unit = tuple[str, int]
"""Target and generation."""


class InUse:
    """As of the last look.

    When another generation is put in use, the one before goes on telling for a while: what the new one dealt with just
    before that moment it kept to itself, and the old one may not have come to it yet. Told twice does no harm.
    """

    def __init__(self) -> None:
        self._active: dict[str, int] | None = None
        self._handing_over: set[Unit] = set()

    @property
    def targets(self) -> Collection[str]:
        """That have more than one generation, or had."""
        return {*(self._active or ()), *(target for target, _ in self._handing_over)}

    def look(self, found: Sequence[Generation]) -> Sequence[Unit]:
        """Returns what has just gone out of use; the caller says `handed_over` of each when the time has come."""
        before, self._active = self._active, {each.target: each.number for each in found if each.active}
        if before is None:
            return ()
        targets = before.keys() | self._active.keys()
        gone = [
            (target, before.get(target, FIRST))
            for target in sorted(targets)
            if before.get(target, FIRST) != self._active.get(target, FIRST)
        ]
        self._handing_over.update(gone)
        return gone

    def handed_over(self, unit: Unit) -> None:
        self._handing_over.discard(unit)

    def tells(self, target: str, generation: int) -> bool:
        return (self._active or {}).get(target, FIRST) == generation or (target, generation) in self._handing_over


class WhileInUse:
    """A publisher that keeps outputs back while `tells` says no. Dead letters go out: somebody has to mend them; and
    what follows them back to its agent."""

    def __init__(self, publisher: Publisher, tells: Callable[[], bool]) -> None:
        self._publisher, self._tells = publisher, tells

    async def publish(self, messages: Sequence[Outgoing]) -> None:
        if not self._tells():
            messages = [message for message in messages if message.topic.startswith((DEAD_PREFIX, RETRY_PREFIX))]
        if messages:
            await self._publisher.publish(messages)


def replaced(found: Sequence[Generation], made_by: Callable[[str], Collection[str]]) -> frozenset[str]:
    """Agents whose first generation nobody follows any more: it is deleted, or about to be."""
    followed = {each.target for each in found if each.number == FIRST and each.state == "following"}
    return frozenset(name for each in found if each.target not in followed for name in made_by(each.target))
