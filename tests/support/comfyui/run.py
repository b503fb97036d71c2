"""Runs one job after the other, node by node, and tells about it."""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from PIL import Image

from tests.support.comfyui.picture import encoded, paint, preview
from tests.support.comfyui.sockets import Sockets
from tests.support.comfyui.state import Files, Memory, Queued
from tests.support.comfyui.traps import Traps
from tests.support.comfyui.validate import upstream

DUMP = "Allocation on device failed for tensor([[[0.1, -2.3, 4.5]]], device='cuda:0') in /srv/comfyui/models/secret.py"


class Interrupted(Exception): ...


class OutOfMemoryError(Exception): ...


@dataclass
class Made:
    """What a node puts out, whatever it is."""

    digest: str
    size: tuple[int, int] = (512, 512)
    count: int = 1
    sketch: Image.Image | None = None
    image: Image.Image | None = None
    shown: dict[str, Any] | None = None


class Runner:
    def __init__(self, traps: Traps, memory: Memory, files: Files, sockets: Sockets, crash: Callable[[], None]) -> None:
        self._traps = traps
        self._memory = memory
        self._files = files
        self._sockets = sockets
        self._crash = crash
        self._messages: list[Any] = []
        self.wake = asyncio.Event()
        self.released = asyncio.Event()

    async def forever(self) -> None:
        while True:
            while self._memory.pending:
                await self._run(self._memory.pop())
            self.wake.clear()
            await self.wake.wait()

    async def _run(self, job: Queued) -> None:
        memory, self._messages = self._memory, []
        memory.running, memory.interrupted = job, False
        await self._tell(job, "execution_start", {})
        made: dict[str, Made] = {}
        status = "success"
        try:
            await self._nodes(job, made)
        except Interrupted:
            status = "error"
            await self._tell(job, "execution_interrupted", {"node_id": memory.node, "executed": list(made)})
        except Exception as error:  # noqa: BLE001 - as ComfyUI does: any failure of a node is one message
            status = "error"
            await self._tell(job, "execution_error", _failure(job, memory.node, error))
        memory.cached = {each.digest: each for each in made.values()}
        await self._end(job, made, status)

    async def _end(self, job: Queued, made: Mapping[str, Made], status: str) -> None:
        entry = {
            "prompt": job.row(),
            "outputs": {name: each.shown for name, each in made.items() if each.shown and name in job.outputs},
            "status": {"status_str": status, "completed": status == "success", "messages": self._messages},
        }
        if self._traps.history_first:
            self._memory.history[job.prompt_id] = entry
            await asyncio.sleep(self._traps.late_history_s)
        if status == "success":
            await self._tell(job, "execution_success", {})
        if not self._traps.history_first:
            await asyncio.sleep(self._traps.late_history_s)
        self._memory.running = self._memory.node = None
        await asyncio.sleep(self._traps.gap_s)
        self._memory.history[job.prompt_id] = entry
        if job.client_id is not None:
            await self._sockets.send("executing", {"node": None, "prompt_id": job.prompt_id}, job.client_id)

    async def _nodes(self, job: Queued, made: dict[str, Made]) -> None:
        order = list(dict.fromkeys(name for output in job.outputs for name in upstream(output, job.graph)))
        known = self._memory.cached if self._traps.cache else {}
        digests = _digests(job.graph, order)
        cached = {name: known[digests[name]] for name in order if digests[name] in known}
        await self._tell(job, "execution_cached", {"nodes": list(cached)})
        made |= cached
        for name in (each for each in order if each not in cached):
            await self._node(job, name, digests[name], made)

    async def _node(self, job: Queued, name: str, digest: str, made: dict[str, Made]) -> None:
        node = job.graph[name]
        self._memory.node = name
        await self._tell(job, "executing", {"node": name, "display_node": name})
        await self._state(job, name, 0, 1, "running")
        await self._trap(node["class_type"])
        if node["class_type"] == "KSampler":
            await self._steps(job, name, digest)
        self._check()
        made[name] = self._make(job, node, digest, made)
        await self._state(job, name, 1, 1, "finished")
        if made[name].shown:
            await self._tell(job, "executed", {"node": name, "output": made[name].shown}, kept=False)

    async def _steps(self, job: Queued, name: str, digest: str) -> None:
        steps = job.graph[name]["inputs"]["steps"]
        for step in range(1, steps + 1):
            await asyncio.sleep(self._traps.step_s)
            self._check()
            about = {"prompt_id": job.prompt_id, "node": name} if self._traps.progress_ids else {}
            await self._sockets.send("progress", {"value": step, "max": steps, **about}, job.client_id)
            await self._state(job, name, step, steps, "running")
            await self._sockets.preview(preview(f"{digest}{step}"), job.prompt_id, job.client_id)

    async def _state(self, job: Queued, name: str, value: int, most: int, state: str) -> None:
        if self._traps.progress_state:
            nodes = {name: {"value": value, "max": most, "state": state, "node_id": name, "prompt_id": job.prompt_id}}
            await self._sockets.send("progress_state", {"prompt_id": job.prompt_id, "nodes": nodes}, job.client_id)

    async def _trap(self, node_class: str) -> None:
        await asyncio.sleep(self._traps.step_s)
        if node_class in self._traps.crash_at:
            self._crash()
            await asyncio.Event().wait()
        if node_class in self._traps.hang_at:
            await self.released.wait()
        if node_class in self._traps.oom_at:
            raise OutOfMemoryError(DUMP)
        if node_class in self._traps.fail_at:
            raise RuntimeError(DUMP)

    def _check(self) -> None:
        if self._memory.interrupted:
            self._memory.interrupted = False
            raise Interrupted

    def _make(self, job: Queued, node: Mapping[str, Any], digest: str, made: Mapping[str, Made]) -> Made:
        inputs = node["inputs"]
        given = [made[value[0]] for value in inputs.values() if isinstance(value, list)]
        sketch = next((each.sketch for each in given if each.sketch is not None), None)
        base = next((each for each in given if each.image or each.size != (512, 512)), given[0] if given else None)
        size = base.size if base else (512, 512)
        match node["class_type"]:
            case "LoadImage":
                with Image.open(io.BytesIO(self._files.inputs[inputs["image"]])) as image:
                    return Made(digest, sketch=image.convert("L"))
            case "EmptyLatentImage":
                return Made(digest, (inputs["width"], inputs["height"]), inputs["batch_size"])
            case "LatentUpscaleBy":
                size = (round(size[0] * inputs["scale_by"]), round(size[1] * inputs["scale_by"]))
            case "VAEDecode":
                return Made(digest, size, image=paint(digest, size, sketch))
            case "EmptyImage":
                colour = f"#{inputs['color']:06x}"
                return Made(digest, image=Image.new("RGB", (inputs["width"], inputs["height"]), colour))
            case "ImageScale":
                assert base
                assert base.image
                return Made(digest, image=base.image.resize((inputs["width"], inputs["height"])))
            case "SaveImage":
                assert base
                assert base.image
                return Made(digest, shown={"images": [self._save(job, inputs["filename_prefix"], base.image)]})
        return Made(digest, size, sketch=sketch)

    def _save(self, job: Queued, prefix: str, image: Image.Image) -> dict[str, str]:
        folder, _, stem = prefix.rpartition("/")
        number = sum(name.startswith(prefix + "_") for name in self._files.outputs) + 1
        name = f"{stem}_{number:05}_.png"
        self._files.outputs[f"{folder}/{name}"] = encoded(image, job.graph)
        return {"filename": name, "subfolder": folder, "type": "output"}

    async def _tell(self, job: Queued, kind: str, data: Mapping[str, Any], kept: bool = True) -> None:
        """The life of a job is told to its client alone; without one to nobody."""
        message = {**data, "prompt_id": job.prompt_id}
        if kept and kind != "executing":
            self._messages.append([kind, message])
        if job.client_id is not None:
            await self._sockets.send(kind, message, job.client_id)


def _digests(graph: Mapping[str, Any], order: list[str]) -> dict[str, str]:
    """Of all that goes into each node, as far back as it goes."""
    found: dict[str, str] = {}
    for name in order:
        node = graph[name]
        parts = [
            (field, [found[value[0]], value[1]] if isinstance(value, list) else value)
            for field, value in sorted(node["inputs"].items())
        ]
        found[name] = hashlib.sha256(json.dumps([node["class_type"], parts]).encode()).hexdigest()
    return found


def _failure(job: Queued, node: str | None, error: Exception) -> dict[str, Any]:
    kind = type(error)
    return {
        "node_id": node,
        "node_type": job.graph[str(node)]["class_type"],
        "exception_type": "torch.OutOfMemoryError"
        if kind is OutOfMemoryError
        else f"{kind.__module__}.{kind.__name__}",
        "exception_message": f"{error}\n{DUMP}",
        "traceback": ['File "/srv/comfyui/execution.py", line 1', DUMP],
        "current_inputs": {"samples": [DUMP]},
        "current_outputs": [],
    }
