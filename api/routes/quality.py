"""The pages at `/quality`: what the last run of each suite of expectations found."""

from __future__ import annotations

from pathlib import Path as FilePath
from typing import Annotated

from fastapi import APIRouter, Path, Response
from fastapi.responses import FileResponse, HTMLResponse

from api.problem import Problem
from api.services import Services, Wired
from herofactory.quality.names import FOLDER
from herofactory.quality.site import pages
from herofactory.quality.site.write import style
from herofactory.quality.store import stored

router = APIRouter(prefix="/quality", include_in_schema=False)
_ANEW = {"cache-control": "no-cache"}
Page = Annotated[str, Path(pattern=r"^[a-z][a-z_-]{0,40}$")]


@router.get("")
async def index(services: Wired) -> HTMLResponse:
    """All suites; before the first run, how to come to one."""
    async with services.database.connection() as connection:
        found = await stored(connection)
    with_page = {each.suite for each in found if _file(services, each.suite).is_file()}
    return HTMLResponse(pages.index(found, with_page), headers=_ANEW)


@router.get("/style.css")
def stylesheet() -> Response:
    return Response(style(), media_type="text/css", headers=_ANEW)


@router.get("/{name}.html")
def suite(services: Wired, name: Page) -> Response:
    file = _file(services, name)
    if not file.is_file():
        raise Problem("NOT_FOUND", f"no run of a suite {name!r} left a page here; `hero quality run` runs them")
    return FileResponse(file, headers=_ANEW)


def _file(services: Services, suite: str) -> FilePath:
    return services.settings.folder / FOLDER / f"{suite}.html"
