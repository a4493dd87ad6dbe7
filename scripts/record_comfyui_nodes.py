"""Record what a real ComfyUI's nodes without weights give.

    python -m scripts.record_comfyui_nodes --server http://127.0.0.1:8188

Uploads the input pictures, runs each graph, and writes under tests/reference/comfyui/nodes/: the inputs, the
resulting pictures, and index.json with every graph, the names of its pictures, and what SaveImage calls
files. Recording again replaces all of it.
"""

from __future__ import annotations

import argparse
import io
import json
import shutil
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from pathlib import Path
from typing import Any

from PIL import Image

from scripts.node_graphs import Graph, cases
from scripts.node_pictures import input_pictures

TARGET = Path(__file__).parent.parent / "tests" / "reference" / "comfyui" / "nodes"
TIMEOUT_SECONDS = 60.0

#: Prefixes saved one after the other into one fresh folder, with the size of the batch.
PREFIXES = (
    ("fox", 1), ("fox", 2), ("den/fox", 1), ("den/../fox", 1), ("den//deep/fox", 1), ("fox_7", 1), ("fox", 1),
    ("%width%x%height%", 1), ("each_%batch_num%", 2), ("dotted.name", 1), ("with space", 1), ("größe", 1),
    ("fox.png", 1), ("trailing/", 1),
)  # fmt: skip

#: Metadata that exercises JSON's corners.
PNG_INFO = {"workflow": {"title": "Füchse\n🦊", "seed": 2**63, "cfg": 1e-7, "none": None}, "note": "plain"}


class Server:
    """A ComfyUI, as far as recording needs it."""

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")

    def version(self) -> dict[str, str]:
        system = self._json("/system_stats")["system"]
        return {key: system[key] for key in ("comfyui_version", "pytorch_version")}

    def upload(self, name: str, data: bytes) -> None:
        boundary = uuid.uuid4().hex
        parts = b"".join(
            f'--{boundary}\r\nContent-Disposition: form-data; name="{field}"{extra}\r\n\r\n'.encode()
            + value
            + b"\r\n"
            for field, extra, value in (("overwrite", "", b"true"), ("image", f'; filename="{name}"', data))
        )
        body = parts + f"--{boundary}--\r\n".encode()
        answer = self._json("/upload/image", body, f"multipart/form-data; boundary={boundary}")
        if answer["name"] != name:
            raise RuntimeError(f"the server keeps {name} as {answer['name']}")

    def run(self, graph: Graph, extra_data: dict[str, Any] | None = None) -> dict[str, Any]:
        """Run a graph and return its history entry."""
        body = json.dumps({"prompt": graph, "extra_data": extra_data or {}}).encode()
        prompt_id = self._json("/prompt", body)["prompt_id"]
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while not (history := self._json(f"/history/{prompt_id}")):
            if time.monotonic() > deadline:
                raise TimeoutError(f"the server did not end a job within {TIMEOUT_SECONDS} seconds: {graph}")
            time.sleep(0.02)
        entry: dict[str, Any] = history[prompt_id]
        return entry

    def view(self, file: dict[str, str]) -> bytes:
        return self._get("/view?" + urllib.parse.urlencode(file))

    def _json(self, path: str, body: bytes | None = None, content_type: str = "application/json") -> Any:
        return json.loads(self._get(path, body, content_type))

    def _get(self, path: str, body: bytes | None = None, content_type: str = "application/json") -> bytes:
        request = urllib.request.Request(self._url + path, data=body, headers={"Content-Type": content_type})
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as response:
                data: bytes = response.read()
                return data
        except urllib.error.HTTPError as error:
            raise RuntimeError(f"{path} answers {error.code}: {error.read()[:500]!r}") from error


def saved_files(entry: dict[str, Any]) -> list[dict[str, str]]:
    """Return the files of a job with one output node; empty when it failed."""
    files: list[dict[str, str]] = [file for output in entry["outputs"].values() for file in output["images"]]
    return files


def record_case(server: Server, name: str, graph: Graph) -> dict[str, Any]:
    """Run one graph, keep its pictures, and return its line of the index."""
    stem = "".join(each if each.isalnum() or each in "-." else "_" for each in name).replace(".png", "")
    pictures = []
    entry = server.run(graph)
    for number, file in enumerate(saved_files(entry)):
        picture = TARGET / "results" / f"{stem}.{number}.png"
        # Encoded anew: the text chunks would hold the graph a second time.
        image = Image.open(io.BytesIO(server.view(file)))
        image.info.clear()
        image.save(picture, optimize=True)
        pictures.append(picture.name)
    line: dict[str, Any] = {"name": name, "graph": graph, "pictures": pictures}
    if not pictures:
        line["fails_with"] = dict(entry["status"]["messages"])["execution_error"]["exception_type"]
    return line


def record_names(server: Server) -> list[dict[str, Any]]:
    """Save under each prefix in turn and return what the files were called, without the fresh folder."""
    folder = f"names-{uuid.uuid4().hex}"
    lines = []
    for color, (prefix, count) in enumerate(PREFIXES):
        files = saved_files(server.run(named(f"{folder}/{prefix}", count, color)))
        shown = [
            {"filename": each["filename"], "subfolder": each["subfolder"].removeprefix(folder).strip("/")}
            for each in files
        ]
        lines.append({"prefix": prefix, "batch_size": count, "files": shown})
    return lines


def record_texts(server: Server) -> dict[str, Any]:
    """Return the text chunks that SaveImage writes for a graph, letter by letter."""
    graph = named("texts", 1, 0)
    (file,) = saved_files(server.run(graph, {"extra_pnginfo": PNG_INFO}))
    image = Image.open(io.BytesIO(server.view(file)))
    return {"graph": graph, "extra_pnginfo": PNG_INFO, "texts": dict(image.info)}


def named(prefix: str, count: int, color: int) -> Graph:
    """Return a graph that saves `count` small pictures; each color makes it another one to the cache."""
    inputs = {"width": 9, "height": 5, "batch_size": count, "color": color}
    return {
        "1": {"class_type": "EmptyImage", "inputs": inputs},
        "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": prefix}},
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--server", required=True, help="address of a ComfyUI, such as http://127.0.0.1:8188")
    server = Server(parser.parse_args().server)
    index: dict[str, Any] = {"server": server.version()}
    shutil.rmtree(TARGET, ignore_errors=True)
    (TARGET / "inputs").mkdir(parents=True)
    (TARGET / "results").mkdir()
    for name, data in input_pictures().items():
        (TARGET / "inputs" / name).write_bytes(data)
        server.upload(name, data)
    index["cases"] = [record_case(server, name, graph) for name, graph in cases().items()]
    index["names"] = record_names(server)
    index["texts"] = record_texts(server)
    text = json.dumps(index, ensure_ascii=False)
    # One case a line, for readable differences.
    text = text.replace('{"name": ', '\n{"name": ').replace('{"prefix": ', '\n{"prefix": ')
    (TARGET / "index.json").write_text(text + "\n", encoding="utf-8")
    failed = [line["name"] for line in index["cases"] if "fails_with" in line]
    version = index["server"]["comfyui_version"]
    print(f"{len(index['cases'])} cases from ComfyUI {version}; it fails in: {failed}")


if __name__ == "__main__":
    main()
