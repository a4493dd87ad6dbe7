"""Says whether an engine draws: exit status 0 if it does. Needs nothing but Python.

    healthcheck.py SECONDS [WORKFLOW.json]

An engine that answers is not yet one that draws, so it has to draw the workflow: the embedded engine samples
one picture of 64 pixels, ComfyUI fills one with a colour, as no model is sure to be there. Seed or colour are
new each time, so that no cache answers. For SECONDS after a picture, and while a job runs, the engine
only has to answer: a workflow of ours evicts what ComfyUI keeps of the models in use. Instead of
loading ComfyUI's models, it sees that they can be read.
"""

import json
import os
import random
import sys
import time
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

URL = "http://127.0.0.1:8188"
WORKFLOW = Path(__file__).with_name("workflow.json")
#: ComfyUI lists a model file also where it may not read it, and fails once somebody draws with it.
MODELS = Path("/opt/comfyui/models")
#: Seconds that a picture may take; the container's own timeout is longer.
DEADLINE = 45.0
#: Seconds after which one and the same running job is a job that hangs.
LONGEST_JOB = 3600.0
#: What earlier checks have found; in memory, so that a new start begins anew.
STATE = Path("/tmp/atelier-health.json")


def ask(url: str, document: object = None, seconds: float = 5.0) -> Any:
    body = None if document is None else json.dumps(document).encode()
    request = urllib.request.Request(url, data=body, headers={"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=seconds) as answer:
        content = answer.read()
    return json.loads(content) if content else {}


def remembered() -> dict[str, Any]:
    try:
        state: dict[str, Any] = json.loads(STATE.read_text())
        return state
    except (OSError, ValueError):
        return {}


def fresh(graph: dict[str, Any]) -> dict[str, Any]:
    """Return the workflow with another seed and colour."""
    for node in graph.values():
        for name in {"seed", "color"} & set(node["inputs"]):
            node["inputs"][name] = random.getrandbits(24)
    return graph


def draw(url: str, workflow: Path) -> bytes:
    """Draw a picture and return its bytes."""
    until = time.monotonic() + DEADLINE
    graph = fresh(json.loads(workflow.read_text()))
    job = ask(url + "/prompt", {"prompt": graph, "client_id": "atelier-healthcheck"})["prompt_id"]
    try:
        while time.monotonic() < until:
            entry = ask(f"{url}/history/{job}").get(job)
            if entry is not None:
                status = entry["status"]["status_str"]
                if status != "success":
                    raise SystemExit(f"The picture ended as '{status}'.")
                images = [image for output in entry["outputs"].values() for image in output.get("images", [])]
                query = urllib.parse.urlencode(
                    {key: images[0][key] for key in ("filename", "subfolder", "type")}
                )
                with urllib.request.urlopen(f"{url}/view?{query}", timeout=5) as answer:
                    picture: bytes = answer.read()
                if not picture.startswith(b"\x89PNG"):
                    raise SystemExit("What was drawn is no PNG file.")
                return picture
            time.sleep(0.2)
        ask(url + "/queue", {"delete": [job]})
        raise SystemExit(f"No picture came in {DEADLINE:.0f} seconds.")
    finally:
        ask(url + "/history", {"delete": [job]})


def require_readable(models: Path) -> None:
    if models.exists():
        require_access(models)
    for folder, folders, names in os.walk(models):
        for name in sorted((*folders, *names)):
            if not name.startswith(".") and not name.endswith((".part", ".part.json")):
                require_access(Path(folder, name))


def require_access(path: Path) -> None:
    if not os.access(path, os.R_OK | (os.X_OK if path.is_dir() else 0)):
        if path.is_symlink():
            raise SystemExit(f"{path} leads to what is not in this container: link it hard, or copy it.")
        raise SystemExit(f"User {os.getuid()} cannot read {path}: chmod -R a+rX the folder of models.")


def check(url: str, pause: float, workflow: Path) -> str:
    state, now = remembered(), time.time()
    running = [item[1] for item in ask(url + "/queue")["queue_running"]]
    if running:
        since = state.get("since", now) if state.get("running") == running[0] else now
        STATE.write_text(json.dumps({**state, "running": running[0], "since": since}))
        if now - since > LONGEST_JOB:
            raise SystemExit(f"One job has been running for {now - since:.0f} seconds.")
        return "A job runs."
    drawn = state.get("drawn")
    if drawn is not None and 0 <= now - drawn < pause:
        return f"It answers, and drew {now - drawn:.0f} seconds ago."
    picture = draw(url, workflow)
    STATE.write_text(json.dumps({"drawn": time.time()}))
    return f"It drew a picture of {len(picture)} bytes with {workflow.name}."


def main() -> None:
    pause, workflow = float(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else WORKFLOW
    require_readable(MODELS)
    try:
        print(check(URL, pause, workflow))
    except (OSError, ValueError, KeyError, IndexError) as error:
        raise SystemExit(f"It does not answer as an engine does: {error!r}") from error


if __name__ == "__main__":
    main()
