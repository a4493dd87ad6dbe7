"""Whether what was made outlives a restart of the service."""

from __future__ import annotations

import asyncio
import secrets

import aiohttp

from atelier.verify.bench import object_in
from atelier.verify.case import Case
from atelier.verify.drawing import draw
from atelier.verify.failures import failure_of
from atelier.workflows.graph import Graph, Workflow
from atelier.workflows.nodes.images import EmptyImage, SaveImage

#: Seconds for the restart itself, and for the service to be back.
_RESTART, _BACK = 30.0, 25.0
_PAUSE = 0.25
#: Seconds for a WebSocket of before the restart to end.
_FAREWELL = 5.0


async def outlives(case: Case) -> None:
    """Make a picture, restart the service, and fetch the picture again."""
    token = case.target.token
    drawn = await draw(case, _blank(), token=token, name="a blank picture")
    async with case.socket("/ws", token=token) as (handshake, socket):
        if socket is None:
            raise failure_of(handshake, "101")
        # Read meanwhile, so that a server which says goodbye is heard and need not wait.
        gone = asyncio.create_task(_until_gone(socket))
        try:
            await _restart(case)
            done, _ = await asyncio.wait({gone}, timeout=_FAREWELL)
        finally:
            gone.cancel()
        if not done:
            case.fail(
                "containers",
                "The command ended well, and the service was not restarted: its WebSocket stayed open.",
                "Let --restart-command restart what listens at the address.",
            )
    case.note("The WebSocket that was open before broke with the restart.")
    await _back(case)
    answer = case.expect(await case.send("GET", "/view", token=token, params=dict(drawn.file)), 200)
    if answer.sha256 != drawn.pictures[0].sha256:
        case.fail(
            "file-changed",
            "The picture is another one after the restart.",
            "Let outputs live on a volume that outlives the container.",
        )
    if case.bench.kind == "gateway":
        entry = object_in(case.expect(await case.send("GET", f"/history/{drawn.job_id}", token=token), 200))
        if drawn.job_id not in entry:
            case.fail(
                "job-lost",
                "The job is not in the history after the restart.",
                "Let the gateway's database live on a volume that outlives the container.",
            )
    again = await draw(case, _blank(), token=token, name="a blank picture after the restart")
    case.note(f"Job {again.job_id} was drawn after the restart.")


async def _restart(case: Case) -> None:
    """Run the command that restarts the service."""
    process = await asyncio.create_subprocess_exec(
        *case.target.restart,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        async with asyncio.timeout(_RESTART):
            out, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    said = out.decode(errors="replace").strip()[-200:]
    case.note(f"The restart ended with {process.returncode}. {said}".strip())
    if process.returncode:
        case.fail(
            "containers",
            f"`{case.target.restart[0]}` ended with {process.returncode}: nothing was restarted; {said}",
            "Run the command of --restart-command by hand, and see the service's log.",
        )


async def _until_gone(socket: aiohttp.ClientWebSocketResponse) -> None:
    """Return when the other end of a WebSocket has gone."""
    while (await socket.receive()).type in (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY):
        pass


async def _back(case: Case) -> None:
    """Wait until the service, and an engine, answer again."""
    path = "/readyz" if case.bench.kind == "gateway" else "/system_stats"
    loop = asyncio.get_running_loop()
    end = loop.time() + _BACK
    while True:
        answer = await case.bench.probe.send("GET", path, token=case.target.token, seconds=_BACK)
        document = object_in(answer)
        if answer.status == 200 and (case.bench.kind != "gateway" or document.get("engines")):
            case.evidence.append(answer)
            return
        if loop.time() > end:
            case.evidence.append(answer)
            case.fail(
                "timeout",
                f"The service was not back {_BACK:g} s after the restart.",
                "See its log: atelier deploy logs.",
            )
        await asyncio.sleep(_PAUSE)


def _blank() -> Workflow:
    """Return a workflow whose picture nobody had before."""
    graph = Graph()
    blank = graph.add(EmptyImage(width=64, height=64, color=secrets.randbelow(2**24)))
    graph.add(SaveImage(images=blank, filename_prefix=f"atelier-verify-{secrets.token_hex(6)}"))
    return graph.workflow()
