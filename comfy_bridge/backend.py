"""What the bridge asks of whoever makes the pictures: a ComfyUI server, or the preview on this machine's CPU."""

from __future__ import annotations

from typing import Protocol
from uuid import UUID, uuid5

from comfy_bridge.health import Health
from herofactory.studio.rendering.port import Backend as BackendKind
from herofactory.studio.rendering.port import RawImage, RenderTask, Report


class Backend(Protocol):
    """Every method that fails raises RenderError, whose cause says whether another attempt may help."""

    @property
    def kind(self) -> BackendKind: ...

    @property
    def server(self) -> str:
        """The name to remember beside the remote id: one per server, without credentials, the same after a restart."""

    async def start(self) -> None:
        """Looks at what the server has. Returns where it is down, too: `health` says so, and later looks find it."""

    async def aclose(self) -> None:
        """Lets go of connections. What the server was given goes on and can be followed by id later."""

    def serves(self, preset: str) -> bool:
        """Whether the last look found every node and model of this preset. False as long as no look succeeded."""

    async def submit(self, task: RenderTask, wanted: str | None = None) -> str:
        """Hands the task over; returns its remote id, which differs from `wanted` where a server names jobs itself.

        With a `wanted` id that was remembered before (see `remote_id`), it is safe to ask again after a crash: a task
        that the server already has under that id is not given twice. Returns as soon as the server has it.
        """

    async def follow(self, remote_id: str, task: RenderTask, report: Report) -> list[RawImage]:
        """The pictures, in the order of the seeds, as many as the request has variations.

        `report` is called from the event loop, often, with a percentage that never falls. A task that was submitted by
        an earlier process is followed by its id. Causes: LOST where the server knows nothing of it (submit once more),
        CANCELLED where `cancel` ended it, TIMEOUT, OUT_OF_MEMORY, INVALID_SKETCH, MODEL_MISSING, RENDER_FAILED,
        BACKEND_UNAVAILABLE. Cancelling the coroutine only stops looking: call `cancel` to end the work.
        """

    async def cancel(self, remote_id: str) -> bool:
        """Ends the task there, waiting or running; only this one. True once it is sure that the server has ended it.

        False where that could not be seen in time; a `follow` still running learns of the end by itself.
        """

    async def health(self) -> Health:
        """Never raises: a server that cannot be reached is a state."""


def remote_id(job: UUID, submission: int) -> str:
    """The id to ask for, the same whichever process asks: a bridge that died between asking and remembering asks again.

    `submission` counts what was deliberately handed over anew (attempts, and resubmissions after LOST).
    """
    return str(uuid5(job, f"submission-{submission}"))
