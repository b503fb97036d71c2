"""The long-lived processes: relay or housekeeper, worker, bridge, API."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import Callable, Coroutine

from cli.compose import load_code
from cli.configure import load_settings
from cli.explain import reported
from cli.supervise.plan import GATE, LISTENER
from herofactory.platform.settings import Settings
from herofactory.platform.telemetry.logging import configure_logging, get_logger
from herofactory.platform.telemetry.metric_files import make_room


def relay() -> int:
    from cli.relay import run_relay

    return _serve("relay", run_relay)


def housekeeper() -> int:
    from cli.housekeeper import run_housekeeper

    return _serve("housekeeper", run_housekeeper)


def worker() -> int:
    from cli.worker import run_worker

    return _serve("worker", run_worker)


def bridge() -> int:
    from cli.bridge import run_bridge

    return _serve("bridge", run_bridge)


def api() -> int:
    return reported(_api)


def _serve(name: str, run: Callable[[Settings], Coroutine[None, None, None]]) -> int:
    def work() -> int:
        settings = load_settings()
        configure_logging(name, level=settings.log_level)
        _make_room()
        load_code(settings, name)
        _wait_at_gate()
        try:
            return asyncio.run(_until_told(run(settings)))
        except Exception:
            # Nobody is there to ask for --debug: the log has to tell where.
            get_logger(__name__).exception("the part failed")
            raise

    return reported(work)


def _make_room() -> None:
    if not make_room():
        get_logger(__name__).warning("no space is left for metrics: those of this process are not told")


def _wait_at_gate() -> None:
    gate = os.environ.get(GATE)
    while gate and os.read(int(gate), 1):
        continue


async def _until_told(work: Coroutine[None, None, None]) -> int:
    """SIGTERM cancels `work`, which then ends in an orderly way."""
    task = asyncio.ensure_future(work)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        # Once: cancelled again, it would leave its cleaning up undone.
        loop.add_signal_handler(number, lambda: task.cancelling() or task.cancel())
    try:
        await task
    except asyncio.CancelledError:
        return 0
    return 1  # a part that ends by itself has failed


def _api() -> int:
    settings = load_settings()
    configure_logging("api", level=settings.log_level)
    _make_room()

    import uvicorn

    from api.app import create_app
    from api.raw_urls import RawUrls
    from streams.replay.registry import NAMES

    load_code(settings, "api")
    _wait_at_gate()
    config = uvicorn.Config(
        create_app(settings, replay_targets=NAMES),
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        http=RawUrls,
        # A forwarded address is anybody's word: rate limits go by the connection's.
        proxy_headers=False,
        timeout_graceful_shutdown=1,
    )
    listener = os.environ.get(LISTENER)
    uvicorn.Server(config).run([socket.socket(fileno=int(listener))] if listener else None)
    return 0
