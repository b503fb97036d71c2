"""A fake ComfyUI to try things on: `python -m tests.support.comfyui --port 8188 --traps step_s=0.3 cache=no`."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal

from tests.support.comfyui.fake import FakeComfyUI
from tests.support.comfyui.traps import Traps


class _Process(FakeComfyUI):
    def _crash_soon(self) -> None:
        os.kill(os.getpid(), signal.SIGKILL)


async def _serve(port: int, traps: Traps) -> None:
    fake = _Process(traps, port)
    ended = asyncio.Event()
    for each in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(each, ended.set)
    await fake.start()
    print(f"fake ComfyUI at {fake.url}", flush=True)
    await ended.wait()
    await fake.stop()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.support.comfyui", description=__doc__)
    parser.add_argument("--port", type=int, default=8188, help="0: any free one, which is printed")
    parser.add_argument("--traps", nargs="*", default=[], metavar="NAME[=VALUE]", help="see traps.py")
    arguments = parser.parse_args()
    asyncio.run(_serve(arguments.port, Traps.parse(arguments.traps)))


if __name__ == "__main__":
    main()
