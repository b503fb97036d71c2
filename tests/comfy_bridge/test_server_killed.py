"""A real process is killed in the middle of a job, and another one takes its port."""

from __future__ import annotations

import pytest

from comfy_bridge.backend import remote_id
from comfy_bridge.comfy_backend import ComfyBackend
from comfy_bridge.endpoint import Endpoint
from herofactory.studio.rendering.port import RenderError
from tests.support.comfyui.process import process
from tests.support.comfyui.traps import Traps
from tests.support.rendering import LIMITS, Heard, task

pytestmark = pytest.mark.anyio


async def test_a_server_that_dies_in_a_job_loses_it_and_makes_it_after_its_restart() -> None:
    wanted = task("pixel-icon")
    with process("crash_at=VAEDecode", "step_s=0.02") as dying:
        backend = ComfyBackend(Endpoint.parse(dying.url), LIMITS)
        given = await backend.submit(wanted, remote_id(wanted.job_id, 1))
        dying.child.wait(timeout=20)
        assert (await backend.health()).state == "down"
        with process(port=dying.port):
            heard = Heard()
            with pytest.raises(RenderError, match="LOST"):
                await backend.follow(given, wanted, heard)
            again = await backend.submit(wanted, remote_id(wanted.job_id, 2))
            assert len(await backend.follow(again, wanted, heard)) == 1
            await backend.aclose()


def test_a_trap_that_does_not_exist_is_named_with_those_that_do() -> None:
    with pytest.raises(SystemExit, match=r"no trap 'nonsense'; there are .*zombie_after"):
        Traps.parse(["nonsense"])


def test_traps_are_set_by_words() -> None:
    traps = Traps.parse(["cache=no", "interrupt_by_id=0", "oom_at=KSampler,VAEDecode", "zombie_after=3", "step_s=0.5"])
    assert (traps.cache, traps.interrupt_by_id, traps.zombie_after, traps.step_s) == (False, False, 3, 0.5)
    assert traps.oom_at == {"KSampler", "VAEDecode"}
    assert Traps.parse(["status=/view:503"]).status == {"/view": 503}
