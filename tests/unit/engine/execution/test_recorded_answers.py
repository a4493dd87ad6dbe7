"""`POST /prompt` answers as ComfyUI 0.3.64 did, request by request; the differences are listed here.

The requests stand in the order in which they were sent to the real server, so that the numbers agree too.
"""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from atelier.engine.nodes import all_nodes
from tests.unit.engine.execution.runners import Bench, empty_image, save_image, simple

REFERENCE = Path(__file__).parents[3] / "reference" / "comfyui" / "prompt-answers-0.3.64.json"
RECORDED: dict[str, dict[str, Any]] = json.loads(REFERENCE.read_text(encoding="utf-8"))


def source(**inputs: Any) -> dict[str, Any]:
    """Return a body whose EmptyImage has these inputs."""
    return {"prompt": {"1": empty_image(**inputs), "2": save_image(["1", 0])}}


def sink(images: Any) -> dict[str, Any]:
    """Return a body whose SaveImage gets this."""
    return {"prompt": {"1": empty_image(), "2": save_image(images)}}


def with_first(class_type: str, **inputs: Any) -> dict[str, Any]:
    """Return a body whose SaveImage hangs on a node of this class."""
    return {"prompt": {"1": {"class_type": class_type, "inputs": inputs}, "2": save_image(["1", 0])}}


def without(name: str) -> dict[str, Any]:
    """Return a body in which one input of EmptyImage is missing."""
    body = source()
    del body["prompt"]["1"]["inputs"][name]
    return body


SCALE = {
    "class_type": "ImageScale",
    "inputs": {"image": ["1", 0], "upscale_method": "zz", "width": 8, "height": 8, "crop": "disabled"},
}
INVERT = "ImageInvert"
TWO_OUTPUTS = {**simple(), "3": save_image(["1", 0], filename_prefix="q")}

REQUESTS: dict[str, Any] = {
    "ok": {"prompt": simple()},
    "ok with all fields": {
        "prompt": simple(),
        "client_id": "c",
        "prompt_id": "my-own-id",
        "number": 5,
        "extra_data": {"extra_pnginfo": {"workflow": {}}},
    },
    "ok front": {"prompt": simple(), "front": True},
    "prompt_id int": {"prompt": simple(), "prompt_id": 123},
    "prompt_id ../x": {"prompt": simple(), "prompt_id": "../../x y"},
    "number str": {"prompt": simple(), "number": "abc"},
    "number nan": {"prompt": simple(), "number": "nan"},
    "no prompt key": {"client_id": "c"},
    "json list": [],
    "prompt null": {"prompt": None},
    "prompt list": {"prompt": []},
    "prompt str": {"prompt": "hello"},
    "prompt {}": {"prompt": {}},
    "node not dict": {"prompt": {"1": "hello"}},
    "missing class_type": {"prompt": {"1": {"inputs": {}}}},
    "unknown class": {"prompt": {"1": {"class_type": "Nope", "inputs": {}}}},
    "missing inputs key": {"prompt": {"1": {"class_type": "EmptyImage"}, "2": save_image(["1", 0])}},
    "no outputs": {"prompt": {"1": empty_image()}},
    "missing required (on output node)": {
        "prompt": {"2": {"class_type": "SaveImage", "inputs": {"filename_prefix": "p"}}}
    },
    "missing required (on upstream)": without("width"),
    "bad type int": source(width="abc"),
    "int as numeric string": source(width="64"),
    "float for int": source(width=64.9),
    "null for int": source(width=None),
    "bool for int": source(width=True),
    "too small": source(width=0),
    "too big": source(width=99999),
    "number for str": {"prompt": {"1": empty_image(), "2": save_image(["1", 0], filename_prefix=12)}},
    "extra unknown input": source(foo="bar"),
    "link len 3": sink(["1", 0, 0]),
    "link len 0": sink([]),
    "link to missing node": sink(["77", 0]),
    "link slot out of range": sink(["1", 5]),
    "link slot str": sink(["1", "0"]),
    "link node id int": sink([1, 0]),
    "literal in IMAGE slot": sink("hello"),
    "wrong link type": with_first("EmptyLatentImage", width=64, height=64, batch_size=1),
    "value not in list": {"prompt": {"1": empty_image(), "3": SCALE, "2": save_image(["3", 0])}},
    "LoadImage missing file": with_first("LoadImage", image="nope.png"),
    "UNETLoader missing model + wrong type": with_first(
        "UNETLoader", unet_name="nope.safetensors", weight_dtype="default"
    ),
    "multi error": {
        "prompt": {
            "1": {"class_type": "KSampler", "inputs": {"sampler_name": "zzz"}},
            "3": {"class_type": "VAEDecode", "inputs": {"samples": ["1", 0], "vae": "a literal"}},
            "2": save_image(["3", 0]),
        }
    },
    "cycle": {
        "prompt": {
            "1": {"class_type": INVERT, "inputs": {"image": ["3", 0]}},
            "3": {"class_type": INVERT, "inputs": {"image": ["1", 0]}},
            "2": save_image(["1", 0]),
        }
    },
    "partial: one good one bad output": {"prompt": {**simple(), "3": save_image(["9", 0])}},
    "partial_execution_targets": {"prompt": TWO_OUTPUTS, "partial_execution_targets": ["3"]},
    "partial_execution_targets none match": {"prompt": TWO_OUTPUTS, "partial_execution_targets": ["9"]},
    "prefix traversal accepted?": {
        "prompt": {"1": empty_image(), "2": save_image(["1", 0], filename_prefix="../../x")}
    },
    "abs prefix": {"prompt": {"1": empty_image(), "2": save_image(["1", 0], filename_prefix="/abs/x")}},
    "unicode prefix": {"prompt": {"1": empty_image(), "2": save_image(["1", 0], filename_prefix="bühne")}},
    "wrong content type": {"prompt": simple()},
}

#: Where the embedded engine answers differently on purpose: the error that it gives, or a reason.
DIFFERENCES = {
    "number str": "500 there; 400 invalid_prompt here",
    "number nan": "200 there, and /queue is no JSON from then on; 400 invalid_prompt here",
    "prompt null": "500 there; 400 no_prompt here",
    "prompt str": "500 there; 400 invalid_prompt here",
    "node not dict": "500 there; 400 invalid_prompt here",
    "cycle": "no details there; the nodes of the cycle are named here",
    "multi error": "the list of samplers is shorter here, and the record was cut short",
}

#: These never reach the runner: the server's own tests send bytes that are no JSON.
WITHOUT_A_BODY = {"invalid json", "empty body"}


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[int, dict[str, Any]]]:
    bench = Bench(tmp_path_factory.mktemp("engine"), all_nodes())
    return {
        title: (answer.status, json.loads(json.dumps(answer.document, allow_nan=False)))
        for title, body in REQUESTS.items()
        for answer in [bench.runner.submit(copy.deepcopy(body))]
    }


def comparable(value: Any) -> Any:
    """Return a document without what is bound to differ: fresh ids, tracebacks, tooltips."""
    if isinstance(value, list):
        return [comparable(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        key: "..."
        if key == "traceback" or (key == "prompt_id" and len(str(each)) == 36)
        else comparable(each)
        for key, each in value.items()
        if key != "tooltip"
    }


def test_every_recorded_request_is_sent_again() -> None:
    assert set(REQUESTS) == set(RECORDED) - WITHOUT_A_BODY


@pytest.mark.parametrize("title", [title for title in REQUESTS if title not in DIFFERENCES])
def test_the_answer_is_the_real_servers(title: str, answers: dict[str, tuple[int, dict[str, Any]]]) -> None:
    status, document = answers[title]
    assert status == RECORDED[title]["status"]
    assert comparable(document) == comparable(RECORDED[title]["body"])


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("number str", "invalid_prompt"),
        ("number nan", "invalid_prompt"),
        ("prompt null", "no_prompt"),
        ("prompt str", "invalid_prompt"),
        ("node not dict", "invalid_prompt"),
    ],
)
def test_what_breaks_the_real_server_is_a_clear_400(
    title: str, kind: str, answers: dict[str, tuple[int, dict[str, Any]]]
) -> None:
    status, document = answers[title]
    assert (status, document["error"]["type"]) == (400, kind)
    assert document["error"]["message"]
    assert document["node_errors"] == {}


def test_a_cycle_is_named(answers: dict[str, tuple[int, dict[str, Any]]]) -> None:
    status, document = answers["cycle"]
    assert status == RECORDED["cycle"]["status"]
    assert document["error"]["type"] == RECORDED["cycle"]["body"]["error"]["type"]
    assert document["error"]["details"] == "Dependency cycle detected: 1 -> 3 -> 1"
    assert document["node_errors"]["3"]["errors"][0]["type"] == "dependency_cycle"
    assert document["node_errors"]["3"]["dependent_outputs"] == ["2"]


def test_every_fault_of_a_node_is_reported(answers: dict[str, tuple[int, dict[str, Any]]]) -> None:
    status, document = answers["multi error"]
    errors = {
        (each["type"], each["extra_info"]["input_name"]): each
        for each in document["node_errors"]["1"]["errors"]
    }
    assert status == 400
    missing = {
        "cfg",
        "model",
        "positive",
        "denoise",
        "steps",
        "latent_image",
        "scheduler",
        "negative",
        "seed",
    }
    wanted = {("required_input_missing", name) for name in missing} | {("value_not_in_list", "sampler_name")}
    assert set(errors) == wanted
    assert errors["value_not_in_list", "sampler_name"]["extra_info"]["received_value"] == "zzz"
