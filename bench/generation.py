"""Generations: from the accepted wish to the preview and the result, and what the bridge adds to a server's own time.

    .venv/bin/python -m bench.generation [--rounds N] [--jobs N]

Target: the bridge adds <= 150 ms (p50) to the same graphs handed to the (fake) ComfyUI by itself. Results:
bench/results/generation.json.
"""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench.generation_parts.bridged import bridged, untouched
from bench.generation_parts.direct import Direct
from bench.generation_parts.watched import Watched
from bench.spine_parts.figures import Figure, machine, spread, table
from herofactory.platform.postgres import EmbeddedPostgres
from herofactory.platform.postgres.database import migrate
from herofactory.studio.jobs import making
from herofactory.studio.jobs.workshop import Finish
from tests.support.comfyui.process import process
from tests.support.postgres import reachable_folder
from tests.support.running import RunningPlatform, data_folder
from tests.support.sketches import encoded, sword

STEP_S = 0.02
"""Of each step of a sampler and each other node of the fake server: its own time, the same on both sides."""
WISH = {"text": "불타는 검"}


def preview(rounds: int) -> dict[str, Any]:
    """On the whole platform, without a server: drawn on this CPU, with sprite and pixel art made of it."""
    with data_folder(keep_on_error=False) as folder:
        platform = RunningPlatform(folder, {"HERO_MODERATION": "local", "COMFYUI_URL": ""})
        try:
            platform.start("--no-sample")
            person = Watched(platform.url, platform.token("bench"))
            sketch = person.upload(encoded(sword((1024, 1024), 8)))
            found = {
                "words": watched(person, WISH, rounds),
                "sketch": watched(person, {**WISH, "sketch_id": sketch}, rounds),
                "four_variations": watched(person, {**WISH, "variations": 4}, max(rounds // 3, 1)),
            }
            platform.stop()
        finally:
            platform.end()
            platform.output.unlink(missing_ok=True)
    return found


def watched(person: Watched, wish: Mapping[str, Any], rounds: int) -> dict[str, Any]:
    person.generate({**wish, "seed": 0})  # libraries and tables are loaded on first use
    seen = [person.generate({**wish, "seed": 1 + number}) for number in range(rounds)]
    return {
        "to_preview_ms": spread([each.preview for each in seen]),
        "to_done_ms": spread([each.done for each in seen]),
    }


def overhead(jobs: int) -> dict[str, Any]:
    """By itself and through the bridge in turn, so that whatever else the machine does meets both."""
    with reachable_folder(executable=True) as folder, EmbeddedPostgres(folder / "postgres") as server:
        migrate(server.dsn())
        with process(f"step_s={STEP_S}") as fake:
            return {
                "step_s": STEP_S,
                **asyncio.run(_in_turn(server.dsn(), fake.url, folder / "assets", untouched, jobs)),
                "finished": asyncio.run(
                    _in_turn(server.dsn(), fake.url, folder / "assets", making.finish, max(jobs // 3, 1))
                ),
            }


async def _in_turn(dsn: str, url: str, folder: Path, finish: Finish, jobs: int) -> dict[str, Any]:
    direct, alone, through, size = Direct(url), [], [], 0
    async with bridged(dsn, url, folder, finish) as bridge:
        await bridge.picture(10**6)
        graph = await direct.last_graph()
        await direct.picture(graph, 10**7)
        for number in range(jobs):
            took, size = await direct.picture(graph, 10**8 + number)
            alone.append(took)
            through.append(await bridge.picture(10**9 + number))
    await direct.aclose()
    by_itself, bridged_ = spread(alone), spread(through)
    added = {share: round(bridged_[share] - by_itself[share], 2) for share in ("p50", "p95")}
    return {"direct_ms": by_itself, "bridge_ms": bridged_, "added_ms": added, "picture_bytes": size}


def figures(found: Mapping[str, Any]) -> list[Figure]:
    drawn, through = found["preview"], found["overhead"]
    lines = []
    for what, name in (("words", "words alone"), ("sketch", "a sketch"), ("four_variations", "four variations")):
        lines += [
            Figure(f"accepted to first preview, {name}, p50", drawn[what]["to_preview_ms"]["p50"], "ms"),
            Figure(f"accepted to done, {name}, p50", drawn[what]["to_done_ms"]["p50"], "ms"),
        ]
    return [
        *lines,
        Figure("fake ComfyUI by itself, p50", through["direct_ms"]["p50"], "ms"),
        Figure("  through the bridge, p50", through["bridge_ms"]["p50"], "ms"),
        Figure("  the bridge adds, p50", through["added_ms"]["p50"], "ms", 150),
        Figure("  with sprite and pixel art made of it, p50", through["finished"]["bridge_ms"]["p50"], "ms"),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rounds", type=int, default=6, help="pictures drawn by the preview for each kind of wish")
    parser.add_argument("--jobs", type=int, default=20, help="pictures through the bridge, and as many by themselves")
    options = parser.parse_args()
    found: dict[str, Any] = machine()
    found["overhead"] = overhead(options.jobs)
    found["preview"] = preview(options.rounds)
    shown = figures(found)
    found["ratios"] = {each.name.strip(): round(each.ratio, 2) for each in shown if each.ratio is not None}
    found["ratios"]["through the bridge / by itself"] = round(
        found["overhead"]["bridge_ms"]["p50"] / found["overhead"]["direct_ms"]["p50"], 2
    )
    output = Path(__file__).parent / "results" / "generation.json"
    output.parent.mkdir(exist_ok=True)
    output.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    print(table(shown))
    print(f"ratios: {json.dumps(found['ratios'])}")


if __name__ == "__main__":
    main()
