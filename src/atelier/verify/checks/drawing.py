"""Whether the server draws: every workflow, anew, and the same again for the same seed."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable

from atelier.errors import ClientError
from atelier.verify.case import Case
from atelier.verify.checks.server import draws_on_cpu
from atelier.verify.drawing import Drawn, draw, models_for, sampled, samplers_in
from atelier.verify.evidence import Figure
from atelier.verify.pictures import DIFFERENT, SAME, distance, require_drawn, require_size
from atelier.verify.sample import Sample, sample
from atelier.workflows.library_workflow import LibraryWorkflow
from atelier.workflows.text_to_image import TEXT_TO_IMAGE

#: Seeds below it are shown exactly by a browser.
_SEEDS = 2**53
#: Events without which a run was not told over the WebSocket.
_TOLD = ("started", "succeeded")


def draws(workflow: LibraryWorkflow) -> Callable[[Case], Awaitable[None]]:
    """Return the check whether a workflow draws a picture."""

    async def check(case: Case) -> None:
        # A seed that nobody had before, so that no cache has the picture.
        made, _ = await sampled(case, workflow, seed=secrets.randbelow(_SEEDS))
        drawn = await draw(case, made.workflow, token=case.target.token, name=workflow.name)
        _require_anew(case, made, drawn)
        for seen in drawn.pictures:
            if not made.fits(seen.width, seen.height):
                require_size(seen, made.width, made.height)
            require_drawn(seen)

    return check


async def tells_its_way(case: Case) -> None:
    """Draw, and listen to the WebSocket from start to end."""
    made, _ = await sampled(case, TEXT_TO_IMAGE, seed=secrets.randbelow(_SEEDS))
    drawn = await draw(case, made.workflow, token=case.target.token, name="a picture")
    missing = [each for each in (*_TOLD, "progress") if not drawn.heard.get(each)]
    if drawn.interrupted or missing:
        case.fail(
            "socket-silent",
            "The job was done, and the WebSocket "
            + ("broke meanwhile." if drawn.interrupted else f"told nothing of: {', '.join(missing)}."),
            "Let the proxy pass WebSockets on as they are, without buffering and with a long read timeout.",
        )


async def seeds_matter(case: Case) -> None:
    """Draw with two seeds, empty the cache, and draw the first again."""
    models = await models_for(case, TEXT_TO_IMAGE)
    seed = secrets.randbelow(_SEEDS - 1)
    one, other = (sample(TEXT_TO_IMAGE, models, pictures={}, seed=each) for each in (seed, seed + 1))
    token = case.target.token
    first = await draw(case, one.workflow, token=token, name="the first seed")
    second = await draw(case, other.workflow, token=token, name="another seed")
    emptied = await _empty_cache(case)
    again = await draw(case, one.workflow, token=token, name="the first seed again")
    for made, drawn in ((one, first), (other, second), (one, again)):
        _require_anew(case, made, drawn)
    if emptied and again.cached:
        case.fail(
            "cached",
            f"The cache was emptied, and {len(again.cached)} nodes were taken from it all the same.",
            "See whether something between here and the engine answers in its place.",
        )
    apart = distance(first.pictures[0], second.pictures[0])
    case.figure("difference of two seeds", apart, "of 255")
    if apart < DIFFERENT:
        case.fail(
            "picture-repeated",
            f"The seeds {seed} and {seed + 1} give the same picture (they differ by {apart:.2f} of 255).",
            "Something answers with a kept picture: look at caches between here and the engine.",
        )
    same = distance(first.pictures[0], again.pictures[0])
    allowed = 0.0 if draws_on_cpu(await case.known("/system_stats")) else SAME
    case.evidence.append(
        Figure(name="difference of one seed drawn twice", value=round(same, 4), unit="of 255", limit=allowed)
    )
    if same > allowed:
        case.fail(
            "picture-unsteady",
            f"The seed {seed} drawn again gives another picture (they differ by {same:.2f} of 255).",
            "See whether several engines with different models or versions stand behind the address.",
        )


async def _empty_cache(case: Case) -> bool:
    """Ask for the cache to be emptied; return whether the server does it for this token.

    Where it does not, the other seed's picture has taken the first one's place in the cache: ComfyUI keeps
    the nodes of the latest workflow only.
    """
    if case.bench.kind == "gateway":
        me = case.object_of(await case.ask("GET", "/atelier/api/me"))
        if "engines:write" not in me.get("scopes", []):
            case.note("The token may not empty the cache; another picture was drawn in between instead.")
            return False
    try:
        await case.bench.client(case.target.token).free()
    except ClientError as error:
        case.note(f"The cache could not be emptied: {error}")
        return False
    case.note("The cache was emptied.")
    return True


def _require_anew(case: Case, made: Sample, drawn: Drawn) -> None:
    """Return if the picture was drawn for this job.

    Raises:
        Failed: its sampler came out of the cache, or nobody says whether it did.
    """
    if drawn.cached is None:
        case.fail(
            "cached",
            f"Nobody says what of job {drawn.job_id} came out of the cache: there is no execution_cached.",
            "See whether something between here and the engine answers in its place.",
        )
    case.note(f"Out of the cache: {', '.join(sorted(drawn.cached)) or 'nothing'}.")
    kept = drawn.cached & samplers_in(made.workflow)
    if kept:
        case.fail(
            "cached",
            f"The sampler of job {drawn.job_id} did not run: its result came out of the cache, although "
            "nobody had drawn with this seed.",
            "See whether something between here and the engine answers in its place.",
        )
