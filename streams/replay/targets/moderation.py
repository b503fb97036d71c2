"""Verdicts under another policy: stored answers of providers are judged anew, and only what is missing is asked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from herofactory.assets.open import open_store
from herofactory.assets.pictures import image_reader
from herofactory.moderation import comparing, policies
from herofactory.moderation.budget import NOTHING, Budget
from herofactory.moderation.generation_results import GenerationResults
from herofactory.moderation.in_use import forget, keep_policy, policy_in_use, policy_of
from herofactory.moderation.judges import daily_budget, judge_of
from herofactory.moderation.moderator import Moderator, missing
from herofactory.moderation.policies import BadPolicy
from herofactory.moderation.policy import Policy
from herofactory.moderation.replay_budget import ReplayBudget
from herofactory.moderation.results import TARGET, ModerationResults, Results
from herofactory.moderation.taking_over import keep_shown, take_over
from herofactory.platform.delivery.agent import Agent
from herofactory.platform.delivery.delivery import decode
from herofactory.platform.delivery.errors import Undecodable
from herofactory.platform.delivery.replayable import Effects
from herofactory.platform.events.item import ItemContent
from herofactory.platform.outbox import Outbox
from herofactory.platform.records import Record
from herofactory.platform.replay import generations
from herofactory.platform.replay.target import BUDGET, Cost, Entry, ReplayRefused
from streams.agents.moderation import Judging, judging
from streams.replay.ground import Ground
from streams.replay.targets.judging.behind import BehindLive
from streams.replay.targets.judging.contents import Contents
from streams.replay.targets.judging.trial import NothingKept, StoredOnly
from streams.topics import ITEM_CREATED, ITEM_UPDATED

POLICY = "policy"
FOLDER = "policies"
"""In HERO_DATA: policies of this shop, beside those that come with the program."""
ASKED_AT_ONCE = 8


def make(ground: Ground) -> Moderation:
    return Moderation(ground)


@dataclass(frozen=True, slots=True)
class Options:
    policy: str
    """TOML."""
    calls: int

    @classmethod
    def parse(cls, ground: Ground, found: Mapping[str, Any]) -> Options:
        """Raises ReplayRefused."""
        if unknown := found.keys() - {POLICY, BUDGET}:
            raise ReplayRefused(f"moderation has no option {sorted(unknown)[0]!r}; there are {POLICY} and {BUDGET}")
        folder = ground.settings.folder / FOLDER
        if POLICY not in found:
            known = ", ".join(sorted(policies.texts(folder)))
            raise ReplayRefused(f"which policy? --option {POLICY}=VERSION, one of {known}")
        try:
            return cls(policies.text_of(str(found[POLICY]), folder), int(found.get(BUDGET, 0)))
        except BadPolicy as error:
            raise ReplayRefused(str(error)) from error


class Moderation:
    """Only the newest content of an item that still exists matters. Generation 1 is judged by the first policy."""

    name = TARGET
    sources: tuple[str, ...] = (ITEM_CREATED, ITEM_UPDATED)
    effects: Effects = "external"
    expected: Collection[str] = frozenset({"content"})
    """What a new policy is for. `missing` speaks against a swap: a content without a verdict."""

    def __init__(self, ground: Ground, options: Options | None = None) -> None:
        self._ground = ground
        self._database = ground.database
        self._options = options
        self._images = image_reader(ground.database, open_store(ground.settings))

    def under(self, options: Mapping[str, Any]) -> Moderation:
        return Moderation(self._ground, Options.parse(self._ground, options))

    # -- generations

    async def place(self) -> str:
        """The name of the policy."""
        return (await policy_in_use(self._database)).name

    async def create(self, generation: int, options: Mapping[str, Any]) -> str:
        """The policy as it is now: a file that is edited later changes nothing."""
        found = Options.parse(self._ground, options)
        async with self._database.transaction() as transaction:
            return (await keep_policy(transaction, generation, found.policy, found.calls)).name

    @asynccontextmanager
    async def writing(self, generation: int, place: str) -> AsyncIterator[Sequence[Agent]]:  # noqa: ARG002
        async with aclosing(await self._judging(generation)) as judge:
            yield (judging(judge, ModerationResults(self._database), generation),)

    @asynccontextmanager
    async def trial(self) -> AsyncIterator[Sequence[Agent]]:
        """Nobody is asked, nothing is kept."""
        moderator = StoredOnly(judge_of(self._ground.settings, self._database, await self._policy()))
        judge = self._judge(moderator, NothingKept(GenerationResults(self._database, generations.FIRST)))
        yield (judging(judge, ModerationResults(self._database)),)

    async def settled(self, generation: int) -> bool:  # noqa: ARG002
        return True

    async def activate(self, generation: int, place: str) -> None:  # noqa: ARG002
        """Verdicts are made by its policy from now on, and those that differ take effect, at once."""
        async with self._database.transaction() as transaction:
            await keep_shown(transaction)
        async with self._database.transaction() as transaction:
            changed = await take_over(transaction, Outbox(self._ground.codec), generation)
        self._ground.metrics.count("hero_listing_applied_total", changed, result="replayed")

    async def drop(self, generation: int, place: str) -> None:  # noqa: ARG002
        async with self._database.transaction() as transaction:
            await forget(transaction, generation)

    # -- comparing

    def entries(self, generation: int, place: str) -> AsyncIterator[Entry]:  # noqa: ARG002
        return comparing.entries(self._database, generation)

    def scopes(self, record: Record) -> Collection[str]:
        return (record.key.decode(errors="replace"),) if record.key else ()

    async def changes(self, old: int, new: int) -> Mapping[str, int]:  # noqa: ARG002
        return await comparing.changes(self._database, new)

    # -- from the database: the topics forget what items are made of after a while

    async def from_database(self, generation: int, place: str) -> AsyncIterator[int]:  # noqa: ARG002
        done = 0
        async with aclosing(await self._judging(generation)) as judge:
            async for page in Contents(self._database).without_verdict(generation):
                for some in (page[at : at + ASKED_AT_ONCE] for at in range(0, len(page), ASKED_AT_ONCE)):
                    await asyncio.gather(*(judge.patiently(*each) for each in some))
                done += len(page)
                yield done

    async def database_records(self) -> int:
        return await Contents(self._database).number()

    # -- cost

    async def cost(self, records: AsyncIterator[Record]) -> Cost:
        """Of the newest contents among them."""
        return await self._cost(self._newest(records))

    async def database_cost(self) -> Cost:
        return await self._cost(each.content async for page in Contents(self._database).all() for each in page)

    async def _cost(self, contents: AsyncIterator[ItemContent]) -> Cost:
        moderator = judge_of(self._ground.settings, self._database, await self._policy())
        judge = self._judge(moderator, ModerationResults(self._database))
        calls = stored = micro_usd = 0
        async for content in contents:
            wanted = await missing(moderator, await judge.subject(content))
            stored += wanted == NOTHING
            calls, micro_usd = calls + wanted.calls, micro_usd + wanted.micro_usd
        return Cost(calls, stored, micro_usd)

    async def _newest(self, records: AsyncIterator[Record]) -> AsyncIterator[ItemContent]:
        contents = Contents(self._database)
        async for record in records:
            content = self._read(record)
            if content and await contents.is_newest(content):
                yield content

    def _read(self, record: Record) -> ItemContent | None:
        try:
            event = decode(record, self._ground.values).event
        except Undecodable:
            return None
        return event if isinstance(event, ItemContent) else None

    # -- judging

    async def _policy(self) -> Policy:
        return policies.parse(self._options.policy) if self._options else await policy_in_use(self._database)

    async def _judging(self, generation: int) -> Judging:
        async with self._database.connection() as connection:
            policy = await policy_of(connection, generation)
        daily: Budget = daily_budget(self._ground.settings, self._database)
        if generation == generations.FIRST:
            first: Results = ModerationResults(self._database)
            return self._judge(judge_of(self._ground.settings, self._database, policy, daily), first)
        budget = ReplayBudget(self._database, generation, daily)
        moderator = judge_of(self._ground.settings, self._database, policy, budget)
        behind = BehindLive(moderator, self._database, generation)
        return self._judge(behind, GenerationResults(self._database, generation))

    def _judge(self, moderator: Moderator, results: Results) -> Judging:
        return Judging(moderator, results, self._images, self._ground.clock, self._ground.metrics)
