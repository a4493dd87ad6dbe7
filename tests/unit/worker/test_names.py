"""A job's names go to its engine in one form, and nothing of that form comes back to the account."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atelier.errors import WorkflowFaulty
from atelier.providers.messages import Message
from atelier.schemas.needs import Needs
from atelier.storage.file import Area, Artifact, StoredFile
from atelier.storage.job import Job, JobState
from atelier.worker.names import Names, for_engine, input_place, save_folder
from atelier.workflows.file_inputs import FileInput
from atelier.workflows.object_info import NodeCatalogue

OBJECT_INFO = Path(__file__).parents[2] / "reference/comfyui/object_info-0.3.64.json"
COMFYUI = NodeCatalogue.parse(json.loads(OBJECT_INFO.read_text(encoding="utf-8")))
ID = "5b1d2f0e-8f4e-4f55-9f43-27d1f3a3c111"
DIGEST = "ab" * 32
HERS = f"atelier/acc1/{DIGEST}.png"


def job(workflow: dict[str, Any] | None = None, *, attempt: int = 1, given_id: str | None = "mine") -> Job:
    return Job(
        id=ID,
        account_id="acc1",
        given_id=given_id,
        client_id=None,
        workflow=workflow or {},
        targets=(),
        extra_data={},
        needs=Needs(node_classes=frozenset(), models=frozenset(), model=None, kind="k"),
        images=1,
        state=JobState.RUNNING,
        number=1,
        attempt=attempt,
        engine="one",
        cancel_requested=False,
        created_at=0.0,
        started_at=0.0,
        ended_at=None,
        engine_seconds=None,
    )


def names() -> Names:
    return Names(job(), {HERS: "holiday/dog.png"})


def node(class_type: str, **inputs: Any) -> dict[str, Any]:
    return {"class_type": class_type, "inputs": inputs}


@pytest.mark.parametrize(
    ("filename", "suffix"),
    [("a.png", ".png"), ("A.PNG", ".png"), ("a", ""), ("a.tar.gz", ".gz"), ("a. evil/..", ""), ("x.ä", "")],
)
def test_an_input_is_named_by_its_content(filename: str, suffix: str) -> None:
    file = StoredFile(
        account_id="acc1",
        area=Area.INPUT,
        subfolder="private",
        filename=filename,
        artifact=Artifact(digest=DIGEST, size=1),
        media_type="image/png",
        job_id=None,
        created_at=0.0,
    )
    assert input_place(file) == ("atelier/acc1", DIGEST + suffix)


def test_every_output_node_saves_in_the_job_s_own_folder() -> None:
    given = {
        "1": node("LoadImage", image="dog.png"),
        "2": node("SaveImage", images=["1", 0], filename_prefix="./a//b"),
        "3": node("PreviewImage", images=["1", 0]),
        "4": node("MaskPreview", mask=["1", 1]),
    }
    read = FileInput(node_id="1", class_type="LoadImage", name="image", value="dog.png")
    sent = for_engine(job(given, attempt=2), {read: HERS}, COMFYUI)
    folder = f"atelier/{ID}/2"
    assert save_folder(job(attempt=2)) == folder
    assert sent["1"]["inputs"] == {"image": HERS}
    assert sent["2"]["inputs"] == {"images": ["1", 0], "filename_prefix": f"{folder}/a/b"}
    assert sent["3"]["inputs"] == {"images": ["1", 0], "filename_prefix": folder}
    assert sent["4"]["inputs"]["filename_prefix"] == folder
    assert given["2"]["inputs"]["filename_prefix"] == "./a//b"


@pytest.mark.parametrize("prefix", ["../x", "/x", "a\\b", "", ["5", 0], 7])
def test_a_prefix_that_leads_elsewhere_is_never_sent(prefix: object) -> None:
    with pytest.raises(WorkflowFaulty):
        for_engine(job({"2": node("SaveImage", filename_prefix=prefix)}), {}, COMFYUI)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (f"Invalid image file: {HERS}", "Invalid image file: holiday/dog.png"),
        (f"cannot read /opt/ComfyUI/input/{HERS}", "cannot read holiday/dog.png"),
        (f"cannot read C:\\Comfy\\input\\atelier\\acc1\\{DIGEST}.png", "cannot read holiday/dog.png"),
        (f"saved atelier/{ID}/3/a/b_00001_.png", "saved a/b_00001_.png"),
        (f"saved /srv/output/atelier/{ID}/3/a/b_00001_.png.", "saved b_00001_.png."),
        (f"Job {ID} failed", "Job mine failed"),
        ("No such file: '/home/ada/ComfyUI/models/x.safetensors'", "No such file: 'x.safetensors'"),
        ("5/6 done, and/or not, a /b", "5/6 done, and/or not, a /b"),
        ("see https://example.org/a/b/c", "see https://example.org/a/b/c"),
    ],
)
def test_a_text_comes_back_in_the_account_s_names(said: str, told: str) -> None:
    assert names().text(said) == told


@pytest.mark.parametrize(
    ("engines", "accounts"),
    [
        (f"atelier/{ID}/1", ""),
        (f"atelier/{ID}/12/a/b", "a/b"),
        (f"atelier\\{ID}\\1\\a", "a"),
        ("", ""),
        ("elsewhere", "elsewhere"),
        ("atelier/other/1/a", "atelier/other/1/a"),
    ],
)
def test_a_sub_folder_comes_back_without_the_job(engines: str, accounts: str) -> None:
    assert names().saved(engines) == accounts


def test_an_error_comes_back_without_what_the_engine_ran() -> None:
    said = Message(
        type="execution_error",
        data={
            "prompt_id": ID,
            "exception_message": f"bad {HERS}",
            "traceback": ["File /opt/x.py"],
            "current_inputs": {"filename_prefix": [f"atelier/{ID}/1/a"]},
            "current_outputs": ["1"],
        },
    )
    assert names().message(said).data == {
        "prompt_id": "mine",
        "exception_message": "bad holiday/dog.png",
        "traceback": [],
        "current_inputs": {},
        "current_outputs": ["1"],
    }


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.sampled_from([ID, HERS, f"atelier/{ID}/1/x"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@given(JSON)
def test_no_value_whatever_brings_an_engine_s_name_back(value: Any) -> None:
    told = json.dumps(names().value(value))
    assert ID not in told
    assert DIGEST not in told


@given(JSON)
def test_a_job_without_a_given_id_keeps_its_own(value: Any) -> None:
    told = Names(job(given_id=None)).value({"prompt_id": ID, "value": value})
    assert told["prompt_id"] == ID
