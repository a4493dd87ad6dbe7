"""Record what a real ComfyUI says to good and broken workflows.

    python -m scripts.record_comfyui_checks --server http://127.0.0.1:8188 --restart "sh start-comfyui.sh"

Sends each workflow of `scripts.check_cases`, waits for the end of those that it accepts, and writes
tests/reference/comfyui/checks/answers.json: the server's version, where its declarations differ from
object_info-0.3.64.json, and for each case the workflow, the answer and how the run went.

The server is a fresh one that nobody else uses, started with --disable-api-nodes. Below its models folder lie
files, empty ones are enough, under the names of `MODEL_FILES`; its custom_nodes folder holds ComfyUI's own
websocket_image_save.py. Some workflows end its worker, so that it never runs anything again: `--restart` is
the command that stops it, starts it again, and returns when it answers.
"""

from __future__ import annotations

import argparse
import io
import json
import subprocess
import time
import urllib.error
import urllib.request
import uuid
from dataclasses import replace
from pathlib import Path
from typing import Any

from PIL import Image

from atelier.workflows.object_info import NodeCatalogue, NodeType
from scripts.check_cases.case import Case
from scripts.check_cases.corpus import corpus

REFERENCE = Path(__file__).parents[1] / "tests" / "reference" / "comfyui"
TARGET = REFERENCE / "checks" / "answers.json"
TIMEOUT_SECONDS = 30.0

#: The run of a workflow that ends the server's worker instead of itself.
NEVER = {"status": "never", "outputs": []}

MODEL_FILES = (
    "diffusion_models/qwen_image_edit_2509_fp8_e4m3fn.safetensors",
    "diffusion_models/qwen_image_edit_fp8_e4m3fn.safetensors",
    "diffusion_models/qwen_image_fp8_e4m3fn.safetensors",
    "loras/Qwen-Image-Lightning-4steps-V1.0.safetensors",
    "loras/Qwen-Image-Lightning-8steps-V1.0.safetensors",
    "loras/styles/ink.safetensors",
    "text_encoders/qwen_2.5_vl_7b_fp8_scaled.safetensors",
    "vae/qwen_image_vae.safetensors",
)

#: Uploads: folder, sub-folder, name. Those that no list of the server shows are named in the recording.
PICTURES = (
    ("input", "", "photo.png"),
    ("input", "", "alpha.png"),
    ("input", "", "mask.png"),
    ("input", "", "text.png"),
    ("input", "sub", "photo.png"),
    ("output", "", "saved.png"),
)


class Server:
    """A ComfyUI, as far as recording needs it."""

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")

    def ask(self, path: str, body: bytes | None = None, content_type: str = "application/json") -> Any:
        """Return status and document; None for a document that is no JSON."""
        request = urllib.request.Request(self._url + path, data=body, headers={"Content-Type": content_type})
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:
                return answer.status, _document(answer.read())
        except urllib.error.HTTPError as error:
            return error.code, _document(error.read())

    def get(self, path: str) -> Any:
        """Return the document of a request that has to succeed."""
        status, document = self.ask(path)
        if status != 200:
            raise RuntimeError(f"{path} is answered {status}")
        return document

    def post(self, path: str, document: Any) -> Any:
        return self.ask(path, json.dumps(document).encode())

    def upload(self, folder: str, subfolder: str, name: str, data: bytes) -> None:
        boundary = uuid.uuid4().hex
        fields = {"type": folder, "subfolder": subfolder, "overwrite": "true"}
        parts = [
            f'--{boundary}\r\nContent-Disposition: form-data; name="{field}"\r\n\r\n{value}\r\n'.encode()
            for field, value in fields.items()
        ]
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="image"; filename="{name}"\r\n\r\n'
        body = b"".join([*parts, head.encode(), data, f"\r\n--{boundary}--\r\n".encode()])
        status, document = self.ask("/upload/image", body, f"multipart/form-data; boundary={boundary}")
        if status != 200 or document["name"] != name:
            raise RuntimeError(f"the server does not keep {name}: {status} {document}")

    def end_of(self, prompt_id: str) -> Any:
        """Return the history entry of a job, once it has ended; None when it does not end."""
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while not (history := self.get(f"/history/{prompt_id}")):
            if time.monotonic() > deadline:
                return None
            time.sleep(0.01)
        return history[prompt_id]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m scripts.record_comfyui_checks", description=__doc__)
    parser.add_argument("--server", required=True, metavar="URL")
    parser.add_argument("--restart", required=True, metavar="COMMAND")
    options = parser.parse_args()
    server = Server(options.server)
    for folder, subfolder, name in PICTURES:
        server.upload(folder, subfolder, name, _picture(name))
    live = server.get("/object_info")
    _require_models(live)
    head = {"server": _versions(server), **_differences(live), "files": _unlisted()}
    lines = []
    for case in corpus():
        answer = record(server, case)
        if answer.get("run") == NEVER:
            subprocess.run(options.restart, shell=True, check=True, stdout=subprocess.DEVNULL)
        lines.append(_line({"name": case.name, "workflow": case.workflow} | answer))
    text = json.dumps(head, ensure_ascii=False)[:-1] + ', "cases": [\n' + ",\n".join(lines) + "\n]}\n"
    TARGET.parent.mkdir(exist_ok=True)
    TARGET.write_text(text, encoding="utf-8")
    print(f"{len(lines)} answers in {TARGET}")


def record(server: Server, case: Case) -> dict[str, Any]:
    """Send one workflow and return what became of it."""
    # What an earlier case left in the cache would run no more, and could not fail any more.
    server.post("/free", {"unload_models": True, "free_memory": True})
    status, document = server.post("/prompt", {"prompt": case.workflow})
    answer: dict[str, Any] = {"status": status}
    if not isinstance(document, dict):
        return answer
    error = document.get("error")
    if error:
        answer["error"] = {key: error[key] for key in ("type", "message", "details")}
    if document.get("node_errors"):
        answer["node_errors"] = {
            node_id: {"class_type": report["class_type"], "errors": _errors(report["errors"])}
            for node_id, report in sorted(document["node_errors"].items())
        }
    if status == 200:
        if case.run:
            entry = server.end_of(document["prompt_id"])
            answer["run"] = NEVER if entry is None else _run(entry, case)
        else:
            answer["expected"] = "accepted"
            server.post("/queue", {"delete": [document["prompt_id"]]})
            server.post("/interrupt", {"prompt_id": document["prompt_id"]})
    return answer


def _errors(errors: list[dict[str, Any]]) -> list[dict[str, Any]]:
    # The server gives them in no order, and with tracebacks that name its folders.
    found = [
        {"type": each["type"], "details": each["details"], "input": each["extra_info"].get("input_name")}
        for each in errors
    ]
    return sorted(found, key=lambda each: (each["type"], str(each["input"]), each["details"]))


def _run(entry: dict[str, Any], case: Case) -> dict[str, Any]:
    failures = [data for kind, data in entry["status"]["messages"] if kind == "execution_error"]
    run: dict[str, Any] = {
        "status": entry["status"]["status_str"],
        # The server also repeats outputs of earlier jobs.
        "outputs": sorted(each for each in entry["outputs"] if each in case.workflow),
    }
    if failures:
        # Messages name the server's folders.
        run["failed_node"], run["exception"] = failures[0]["node_id"], failures[0]["exception_type"]
    return run


def _versions(server: Server) -> dict[str, str]:
    system = server.get("/system_stats")["system"]
    python = system["python_version"].split()[0]
    return {"comfyui": system["comfyui_version"], "pytorch": system["pytorch_version"], "python": python}


def _differences(live: dict[str, Any]) -> dict[str, Any]:
    """Return the classes that the server declares otherwise than object_info-0.3.64.json, or lacks."""
    reference = json.loads((REFERENCE / "object_info-0.3.64.json").read_text(encoding="utf-8"))
    known = NodeCatalogue.parse(reference)
    declarations = {
        name: _without_texts(declaration)
        for name, declaration in sorted(live.items())
        if _plain(NodeCatalogue.parse({name: declaration}).get(name)) != _plain(known.get(name))
    }
    return {"declarations": declarations, "absent": sorted(set(reference) - set(live))}


def _plain(type: NodeType | None) -> NodeType | None:
    if type is None:
        return None
    inputs = {name: replace(each, tooltip="") for name, each in type.inputs.items()}
    return replace(type, inputs=inputs, description="")


def _without_texts(value: Any) -> Any:
    if isinstance(value, dict):
        texts = ("tooltip", "description", "output_tooltips")
        return {key: _without_texts(each) for key, each in value.items() if key not in texts}
    return [_without_texts(each) for each in value] if isinstance(value, list) else value


def _require_models(live: dict[str, Any]) -> None:
    text = json.dumps(live)
    missing = [each for each in MODEL_FILES if json.dumps(each.partition("/")[2]) not in text]
    if missing:
        raise SystemExit(
            f"Put files, empty ones are enough, into the server's models folder: {', '.join(missing)}"
        )


def _unlisted() -> list[str]:
    names = {"input": "{path}", "output": "{path} [output]"}
    paths = [(folder, f"{subfolder}/{name}" if subfolder else name) for folder, subfolder, name in PICTURES]
    return [names[folder].format(path=path) for folder, path in paths if folder != "input" or "/" in path]


def _picture(name: str) -> bytes:
    if name == "text.png":
        return b"This is no picture.\n"
    modes = {"alpha.png": "RGBA", "mask.png": "L"}
    stream = io.BytesIO()
    Image.new(modes.get(name, "RGB"), (40, 30), "peru").save(stream, "PNG")
    return stream.getvalue()


def _document(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None


def _line(record: dict[str, Any]) -> str:
    return json.dumps(record, ensure_ascii=False, separators=(",", ":"))


if __name__ == "__main__":
    main()
