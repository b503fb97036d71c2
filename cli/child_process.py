"""A process of its own that a part starts for some work, and that dies with the part."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress

from cli.child import LOG, PARENT
from cli.supervise.plan import GATE, LISTENER

LAST_S = 5.0
"""Seconds that it has for an orderly end."""


async def run_child(arguments: Sequence[str], longest_s: float | None = None) -> int:
    """Its exit status; negative where a signal ended it. Whoever cancels this ends it. Raises OSError, and TimeoutError
    after `longest_s`, when it is ended too."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, *arguments, stdin=asyncio.subprocess.DEVNULL, env=_environment()
    )
    try:
        async with asyncio.timeout(longest_s):
            return await process.wait()
    finally:
        if process.returncode is None:
            await _ended(process)


def _environment() -> Mapping[str, str]:
    """It is our child, not the supervisor's; our log is ours to rotate, and the gate is open."""
    kept = {name: value for name, value in os.environ.items() if name not in (LOG, GATE, LISTENER)}
    return {**kept, PARENT: str(os.getpid())}


async def _ended(process: asyncio.subprocess.Process) -> int:
    with suppress(ProcessLookupError):
        process.terminate()
    try:
        async with asyncio.timeout(LAST_S):
            return await process.wait()
    except TimeoutError:
        with suppress(ProcessLookupError):
            process.kill()
        return await process.wait()
