"""Whether one account sees nothing of another's."""

from __future__ import annotations

import secrets

from atelier.verify.bench import object_in
from atelier.verify.case import Case
from atelier.verify.drawing import draw
from atelier.verify.failures import failure_of
from atelier.workflows.graph import Graph
from atelier.workflows.nodes.images import EmptyImage, SaveImage


async def are_apart(case: Case) -> None:
    """Make a picture as one account, and look for it as the other."""
    mine, other = case.target.token, case.target.second_token
    if mine == other:
        case.skip("Both tokens are the same: pass another account's with --second-token.")
    me = case.object_of(await case.send("GET", "/atelier/api/me", token=mine))
    them = case.object_of(await case.send("GET", "/atelier/api/me", token=other))
    if me.get("name") == them.get("name"):
        case.skip("Both tokens are of one account: pass another account's with --second-token.")
    mark = f"atelier-verify-{secrets.token_hex(6)}"
    graph = Graph()
    blank = graph.add(EmptyImage(width=64, height=64, color=secrets.randbelow(2**24)))
    graph.add(SaveImage(images=blank, filename_prefix=mark))
    drawn = await draw(case, graph.workflow(), token=mine, name="a blank picture")

    own = case.expect(await case.send("GET", "/history?max_items=64", token=mine), 200)
    if drawn.job_id not in object_in(own):
        case.fail(
            "job-lost", "The account does not see its own job in its history.", "See the gateway's log."
        )

    seen = []
    for path in ("/history", "/queue", f"/history/{drawn.job_id}", "/userdata?dir=&recurse=true"):
        answer = await case.send("GET", path, token=other)
        if answer.status is None or answer.status >= 500:
            raise failure_of(answer, "200")
        if drawn.job_id.encode() in answer.body or mark.encode() in answer.body:
            seen.append(path)
    for path in ("/view", "/api/view"):
        answer = await case.send("GET", path, token=other, params=dict(drawn.file))
        if answer.status is None:
            raise failure_of(answer, "404")
        if answer.status != 404:
            seen.append(path)
    # It may ask, and must change nothing.
    await case.send("POST", "/history", token=other, document={"delete": [drawn.job_id]})
    still = case.expect(await case.send("GET", f"/history/{drawn.job_id}", token=mine), 200)
    if drawn.job_id not in object_in(still):
        seen.append("POST /history, which deleted it")
    if seen:
        case.fail(
            "leak",
            f"The other account sees the job or its picture: {', '.join(seen)}.",
            "Let nothing lead past the gateway, and update it.",
        )
    case.note("The other account found neither the job nor its picture, and could not delete it.")
