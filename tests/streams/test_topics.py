from __future__ import annotations

from herofactory.platform.events import EVENTS
from streams.topics import AGENTS, TOPICS, configs, dead_letters_of, retries_of


def test_every_avro_topic_has_an_event_and_every_event_a_topic() -> None:
    assert {topic.name for topic in TOPICS.values() if topic.values == "avro"} == EVENTS.keys()


def test_only_compacted_topics_are_kept_for_ever() -> None:
    for config in configs():
        assert (config.retention_s is None) == config.compacted, config.name


def test_dead_letters_outlive_what_they_came_from() -> None:
    sources = [topic.retention_s for topic in TOPICS.values() if topic.values == "avro" and topic.retention_s]
    dead = [topic.retention_s for topic in TOPICS.values() if topic.name.startswith("dead.")]
    assert all(kept is not None and kept >= max(sources) for kept in dead)


def test_every_agent_has_topics_for_what_it_sets_aside_and_what_comes_back() -> None:
    assert {f(agent) for agent in AGENTS for f in (dead_letters_of, retries_of)} == {
        name for name in TOPICS if name.startswith(("dead.", "retry."))
    }
    assert "moderation" in AGENTS
