"""What a synchronous generator gives, without holding up the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

T = TypeVar("T")


async def paged(make: Callable[[], Generator[T, None, None]], size: int) -> AsyncGenerator[list[T], None]:
    """Lists of up to `size`, never an empty one; the next is made while the last is worked on.

    The generator runs in a thread of its own, and is closed there however this ends.
    """
    loop = asyncio.get_running_loop()
    thread = ThreadPoolExecutor(1, "paged")
    made: list[Generator[T, None, None]] = []

    def page() -> list[T]:
        if not made:
            made.append(make())
        return list(islice(made[0], size))

    def close() -> None:
        for each in made:
            each.close()

    try:
        coming = loop.run_in_executor(thread, page)
        while found := await coming:
            coming = loop.run_in_executor(thread, page)
            yield found
    finally:
        coming.cancel()
        thread.submit(close)
        thread.shutdown(wait=False)
