"""Whether files go in and come out unchanged."""

from __future__ import annotations

import hashlib
import secrets

import aiohttp

from atelier.verify.bench import object_in
from atelier.verify.case import Case
from atelier.verify.scenes import landscape


async def come_back_unchanged(case: Case) -> None:
    """Upload a small picture and fetch it again."""
    # Of one pixel more or less each time, so that no upload meets an older one.
    data = landscape(64, 64, tint=f"#{secrets.token_hex(3)}")
    form = aiohttp.FormData({"type": "input", "overwrite": "true"}, quote_fields=False)
    form.add_field("image", data, filename="atelier-verify.png", content_type="image/png")
    answer = await case.ask("POST", "/upload/image", form=form)
    stored = object_in(case.expect(answer, 200))
    if not isinstance(stored.get("name"), str):
        case.fail("stranger", "The upload was taken, and no name given.", "Is this a ComfyUI server?")
    params = {
        "filename": stored["name"],
        "subfolder": str(stored.get("subfolder", "")),
        "type": str(stored.get("type", "input")),
    }
    back = case.expect(await case.ask("GET", "/view", params=params), 200)
    if back.body != data:
        case.fail(
            "file-changed",
            f"{len(data)} bytes with the hash {hashlib.sha256(data).hexdigest()[:12]} went in, "
            f"{back.length} with {back.sha256[:12]} came back.",
            "See whether a proxy or a cache changes what it passes on.",
        )
    case.note(f"{len(data)} bytes came back as they were, under the name {stored['name']}.")
