"""`atelier nodes` lists, searches, and says what a server lacks."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from atelier.cli.app import build_app
from atelier.workflows.qwen_nodes import GROUPS, QWEN_NODES

OBJECT_INFO = Path(__file__).parents[2] / "reference/comfyui/object_info-0.3.64.json"


def nodes(*arguments: str | Path) -> Result:
    return CliRunner().invoke(
        build_app(), ["nodes", *map(str, arguments)], env={"ATELIER_SERVER": None, "ATELIER_TOKEN": None}
    )


def answer(*arguments: str | Path) -> dict[str, Any]:
    """The result that the command prints as JSON."""
    lines = [json.loads(line) for line in nodes(*arguments, "--json").stdout.splitlines()]
    return next(line for line in lines if line["event"] == "nodes")


@pytest.fixture
def server() -> Iterator[str]:
    """A server that answers `GET /object_info` as ComfyUI does."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = OBJECT_INFO.read_bytes() if self.path == "/object_info" else b"{}"
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    listener = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=listener.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{listener.server_port}"
    listener.shutdown()
    thread.join()
    listener.server_close()


def test_without_words_the_28_are_listed_by_group() -> None:
    result = nodes()
    assert result.exit_code == 0, result.stderr
    lines = result.stdout.splitlines()
    assert [line for line in lines if line in GROUPS] == list(GROUPS)
    assert [line.split()[0] for line in lines if line.startswith("  ") and line[2] != " "] == list(QWEN_NODES)


def test_a_group_may_be_shortened() -> None:
    found = [each["name"] for each in answer("--group", "mask")["nodes"]]
    assert found == ["QwenImageDiffsynthControlnet", "QwenEliGenMaskPainter", "QwenEliGenEntityControl"]


def test_an_unknown_group_is_refused_with_the_groups_there_are() -> None:
    result = nodes("--group", "Video")
    assert result.exit_code == 2
    assert all(group in result.stderr for group in GROUPS)


def test_a_server_marks_what_is_there(server: str) -> None:
    listed = answer("--server", server)
    assert listed["source"] == server
    there = {each["name"] for each in listed["nodes"] if each["there"]}
    assert there == {name for name, node in QWEN_NODES.items() if node.native}
    assert set(listed["missing"]) == set(QWEN_NODES) - there
    assert nodes("--server", server).exit_code == 0


def test_a_file_stands_for_a_server(server: str) -> None:
    from_file = answer("--object-info", OBJECT_INFO, "mask -> image")
    assert from_file["nodes"] == answer("--server", server, "mask -> image")["nodes"]


def test_words_search_the_server_and_the_qwen_nodes() -> None:
    found = [each["name"] for each in answer("--object-info", OBJECT_INFO, "text", "encode", "qwen")["nodes"]]
    assert "TextEncodeQwenImageEdit" in found
    assert "QwenVLTextEncoder" in found


def test_a_class_name_is_shown_in_full() -> None:
    result = nodes("QwenVLImageToLatent")
    assert result.exit_code == 0
    for part in (
        "images IMAGE",
        "LATENT (LATENT)",
        "VAEEncode.LATENT -> KSampler.latent_image",
        "2025-08-23",
    ):
        assert part in result.stdout


def test_a_named_class_that_the_server_lacks_makes_the_command_fail() -> None:
    result = nodes("QwenVLCLIPLoader", "TextEncodeQwenImageEdit", "--object-info", OBJECT_INFO)
    assert result.exit_code == 1
    assert "[ ] QwenVLCLIPLoader" in result.stdout
    assert "[x] TextEncodeQwenImageEdit" in result.stdout
    assert "QwenVLCLIPLoader" in result.stderr
    assert "TextEncodeQwenImageEdit" not in result.stderr


def test_a_named_class_that_the_server_has_does_not() -> None:
    assert nodes("KSampler", "--object-info", OBJECT_INFO).exit_code == 0


def test_a_class_of_another_pack_is_traced_to_it() -> None:
    (found,) = answer("UnetLoaderGGUF", "--object-info", OBJECT_INFO)["nodes"]
    assert found["pack"]["repository"] == "https://github.com/city96/ComfyUI-GGUF"
    assert found["there"] is False


def test_an_unknown_class_is_an_error_only_when_it_is_asked_for_exactly() -> None:
    assert nodes("KSamplr", "--object-info", OBJECT_INFO).exit_code == 0
    result = nodes("KSamplr", "--exact", "--object-info", OBJECT_INFO)
    assert result.exit_code == 1
    assert "Most like it on the server: KSampler" in result.stdout


def test_what_nothing_fits_is_an_error() -> None:
    result = nodes("zebra")
    assert result.exit_code == 1
    assert "zebra" in result.stderr


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"KSampler": 3}', "\x00"])
def test_a_file_without_node_classes_is_refused(content: str, tmp_path: Path) -> None:
    path = tmp_path / "object_info.json"
    path.write_text(content, encoding="utf-8")
    result = nodes("--object-info", path)
    assert result.exit_code == 2
    assert "GET /object_info" in result.stderr


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    assert nodes("--object-info", tmp_path / "none.json").exit_code == 2


def test_an_error_is_the_last_json_line() -> None:
    result = nodes("QwenVLTextEncoder", "--object-info", OBJECT_INFO, "--json")
    *_, last = [json.loads(line) for line in result.stdout.splitlines()]
    assert last["event"] == "error"
    assert last["status"] == result.exit_code == 1


@pytest.mark.parametrize("arguments", [["--exact"], ["KSampler", "--exact", "--group", "Tokens"]])
def test_exact_takes_class_names_and_nothing_else(arguments: list[str]) -> None:
    assert nodes(*arguments).exit_code == 2


@pytest.mark.parametrize("name", ["LoadImage", "KSampler", "ModelMergeQwenImage", "CLIPLoader", "PreviewAny"])
def test_any_class_of_the_server_can_be_shown(name: str) -> None:
    result = nodes(name, "--object-info", OBJECT_INFO)
    assert result.exit_code == 0
    assert result.stdout.startswith(f"[x] {name}")


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("QwenImageDiTLoaderWrapper", "use UNETLoader instead: its pack dropped it after 2025-11-27"),
        ("QwenVLCLIPLoader", "use CLIPLoader instead, or install the pack ComfyUI-QwenImageWanBridge"),
        ("TextEncodeQwenImageEditPlus", "update the server to ComfyUI 0.3.60 or newer"),
        ("UnetLoaderGGUF", "install the pack ComfyUI-GGUF"),
        ("KSamplr", "use KSampler"),
    ],
)
def test_what_is_missing_is_said_with_what_to_do(name: str, hint: str, tmp_path: Path) -> None:
    declared = json.loads(OBJECT_INFO.read_text(encoding="utf-8"))
    declared.pop(name, None)
    older = tmp_path / "object_info.json"
    older.write_text(json.dumps(declared), encoding="utf-8")
    result = nodes(name, "--exact", "--object-info", older)
    assert result.exit_code == 1
    assert f"{name} ({hint})" in result.stderr
