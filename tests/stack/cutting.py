"""A TCP proxy that delays, stalls, cuts and half-closes what runs through it, whatever that is."""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from tests.stack.ports import HOST, free_port

PIECE = 65_536
CONNECT_S = 2.0
# Closed with this, a socket does not take its leave.
_RESET = struct.pack("ii", 1, 0)


class Cutter:
    """Listens on `port`, in a thread of its own, and hands on to another one. All that it is told takes effect on what
    is open then and on what is opened later, until `mend`."""

    def __init__(self, target: int, port: int | None = None) -> None:
        self.target, self.port = target, port or free_port()
        self.connections = 0
        self._delay_s = 0.0
        self._open: set[tuple[asyncio.StreamWriter, asyncio.StreamWriter]] = set()
        self._loop = asyncio.new_event_loop()
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"cutter of {target}", daemon=True)

    def delay(self, seconds: float) -> None:
        """Every piece, in both directions, waits so long."""
        self._tell(lambda: setattr(self, "_delay_s", seconds))

    def stall(self) -> None:
        """Nothing runs, nothing is closed: a cable that was pulled."""
        self._tell(self._flowing.clear)

    def cut(self) -> None:
        """Both ends of everything that is open get a reset."""
        self._tell(self._cut)

    def half_close(self) -> None:
        """The client is told that the server has no more to say; what it says itself still arrives."""
        self._tell(self._half_close)

    def mend(self) -> None:
        self._tell(self._mend)

    def start(self) -> None:
        self._thread.start()
        self._ready.wait()

    def close(self) -> None:
        self._tell(self._loop.stop)
        self._thread.join()

    def _tell(self, what: Callable[[], object]) -> None:
        self._loop.call_soon_threadsafe(what)

    def _cut(self) -> None:
        for writer in (each for pair in self._open for each in pair):
            if (end := writer.get_extra_info("socket")) is not None:
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            writer.transport.abort()

    def _half_close(self) -> None:
        for near, _ in self._open:
            with suppress(OSError, RuntimeError):
                near.write_eof()

    def _mend(self) -> None:
        self._delay_s = 0.0
        self._flowing.set()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._serve, HOST, self.port))
        self._ready.set()
        self._loop.run_forever()
        server.close()
        self._cut()
        tasks = asyncio.all_tasks(self._loop)
        for task in tasks:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        self._loop.run_until_complete(asyncio.sleep(0))  # what was aborted is closed in the next turn
        self._loop.close()

    async def _serve(self, reader: asyncio.StreamReader, near: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            async with asyncio.timeout(CONNECT_S):
                far_reader, far = await asyncio.open_connection(HOST, self.target)
        except OSError:  # holds TimeoutError
            near.transport.abort()
            return
        pair = (near, far)
        self._open.add(pair)
        try:
            await asyncio.gather(self._pump(reader, far), self._pump(far_reader, near))
        except (OSError, RuntimeError):
            pass
        finally:
            self._open.discard(pair)
            near.transport.abort()
            far.transport.abort()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(PIECE):
            await self._flowing.wait()
            if self._delay_s:
                await asyncio.sleep(self._delay_s)
            writer.write(data)
            await writer.drain()
        await self._flowing.wait()
        writer.write_eof()


@contextmanager
def cutter(target: int, port: int | None = None) -> Iterator[Cutter]:
    made = Cutter(target, port)
    made.start()
    try:
        yield made
    finally:
        made.close()
