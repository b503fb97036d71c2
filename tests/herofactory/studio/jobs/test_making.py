from __future__ import annotations

from dataclasses import replace

import pytest
from PIL import Image

from herofactory.platform.outbox import Outbox
from herofactory.platform.postgres.database import Database
from herofactory.studio.images.provenance import read
from herofactory.studio.jobs.making import finish, normalise
from herofactory.studio.rendering.port import RawImage, RenderError, RenderTask
from tests.support.images import pixel_bomb
from tests.support.jobs import PLAIN, REQUEST, ask
from tests.support.sketches import encoded, filled, sword


def test_a_drawing_is_a_sketch_and_an_empty_sheet_is_none() -> None:
    drawn = normalise(encoded(sword((200, 200), 3)))
    assert drawn is not None
    assert drawn.startswith(b"\x89PNG")
    assert normalise(encoded(Image.new("RGB", (200, 200), "white"))) is None


@pytest.mark.parametrize(
    ("data", "said"), [(b"<svg/>", "no PNG, JPEG or WebP"), (pixel_bomb(65_535, 300), "a strip of 65535 x 300")]
)
def test_what_cannot_be_a_sketch_fails_the_job_with_what_is_wrong(data: bytes, said: str) -> None:
    with pytest.raises(RenderError, match=said) as caught:
        normalise(data)
    assert caught.value.cause == "INVALID_SKETCH"
    assert not caught.value.transient


@pytest.mark.anyio
async def test_whom_to_credit_is_kept_beside_every_picture_and_in_it(database: Database, outbox: Outbox) -> None:
    job = replace(await ask(database, outbox), backend="preview")
    raw = RawImage(encoded(filled(256)), 42, "Shape 'octopus' by Somebody")
    made = finish(raw, RenderTask(job.id, REQUEST, PLAIN, None), job)
    assert [each.kind for each in made] == ["image", "sprite"]
    assert {each.credit for each in made} == {"Shape 'octopus' by Somebody"}
    assert {read(each.image.data)["Copyright"] for each in made} == {"Shape 'octopus' by Somebody"}
