"""The agents of generation 1, and those that make nothing with generations: how each is made."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from cli.missing_keeper import MissingTerms
from cli.prompts import optimiser_of
from herofactory.assets.open import open_store
from herofactory.assets.pictures import image_reader
from herofactory.moderation import policies
from herofactory.moderation.judges import judge_of
from herofactory.moderation.results import ModerationResults
from herofactory.platform.clock import Clock
from herofactory.platform.delivery import Agent
from herofactory.platform.events import EventCodec
from herofactory.platform.outbox import Outbox
from herofactory.platform.postgres.database import Database
from herofactory.platform.settings import Settings
from herofactory.platform.telemetry.metrics import Metrics
from herofactory.studio.prompts.service import Prompts
from herofactory.studio.prompts.storage import PromptResults
from streams.agents.answers import answers
from streams.agents.generation_figures import generation_figures
from streams.agents.insights import insights
from streams.agents.listing import listing
from streams.agents.moderation import moderation
from streams.agents.prompts import prompts
from streams.agents.similarity import similarity
from streams.agents.traffic import traffic


def live_agents(
    settings: Settings, database: Database, codec: EventCodec, clock: Clock, metrics: Metrics, missing: MissingTerms
) -> Mapping[str, Callable[[], Agent]]:
    """By name; all but the one of the search index, which has to be open for it (`cli.live_index`)."""
    images = image_reader(database, open_store(settings))

    def judging() -> Agent:
        judge = judge_of(settings, database, policies.first())
        return moderation(judge, ModerationResults(database), images, clock, metrics)

    def writing_prompts() -> Agent:
        optimiser = optimiser_of(settings, database)
        return prompts(optimiser, Prompts(Outbox(codec)), PromptResults(database), database, images, clock, metrics)

    return {
        "moderation": judging,
        "listing": lambda: listing(database, metrics),
        "insights": lambda: insights(database, codec, clock, metrics),
        "traffic": lambda: traffic(database, clock, metrics),
        "answers": lambda: answers(missing.answers, metrics),
        "similarity": lambda: similarity(database, images),
        "generation-figures": lambda: generation_figures(database),
        "prompts": writing_prompts,
    }
