"""The page at `/`."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter, FastAPI
from fastapi.responses import FileResponse
from fastapi.staticfiles import StaticFiles

_FOLDER = Path(__file__).parents[1] / "static"
router = APIRouter(include_in_schema=False)


@router.get("/")
def page() -> FileResponse:
    return FileResponse(_FOLDER / "index.html", headers={"cache-control": "no-cache"})


def mount(app: FastAPI) -> None:
    app.mount("/static", StaticFiles(directory=_FOLDER), name="static")
