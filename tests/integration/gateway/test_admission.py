"""A workflow comes in and becomes a stored job, or is refused in ComfyUI's words with the reason."""

from __future__ import annotations

import asyncio
import io
import json
import uuid
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from atelier.client._findings import findings
from atelier.errors import JobIdTaken, NoEngine, PromptRefused, QueueFull, QuotaExceeded
from atelier.gateway.admission import Admission
from atelier.gateway.config import Config
from atelier.gateway.identity import Identity, Via
from atelier.gateway.picture_sizes import PictureSizes
from atelier.gateway.rules import Rules
from atelier.gateway.scopes import ROLE_SCOPES
from atelier.storage.account import Account, Limits, Role
from atelier.storage.artifacts import ArtifactStore
from atelier.storage.file import Area
from atelier.storage.job import JobState
from atelier.storage.sqlite import SqliteStorage
from atelier.workflows.object_info import NodeCatalogue
from tests.unit.workflows.reference_server import object_info

BARE = NodeCatalogue.parse(object_info())


def node(class_type: str, **inputs: Any) -> dict[str, Any]:
    return {"class_type": class_type, "inputs": inputs}


def drawing(**changes: Any) -> dict[str, Any]:
    return {
        "1": node("EmptyImage", **{"width": 64, "height": 64, "batch_size": 1, "color": 0} | changes),
        "2": node("SaveImage", images=["1", 0], filename_prefix="fox"),
    }


def with_model(name: str) -> dict[str, Any]:
    return {
        "1": node("VAELoader", vae_name=name),
        "2": node("EmptyLatentImage", width=64, height=64, batch_size=1),
        "3": node("VAEDecode", samples=["2", 0], vae=["1", 0]),
        "4": node("SaveImage", images=["3", 0], filename_prefix="fox"),
    }


def offering(name: str) -> NodeCatalogue:
    document = json.loads(json.dumps(object_info()))
    document["VAELoader"]["input"]["required"]["vae_name"][0].append(name)
    return NodeCatalogue.parse(document)


@dataclass
class Fleet:
    """Engines with their node classes; those that are down or drained are known and take nothing."""

    up: Mapping[str, NodeCatalogue] = field(default_factory=lambda: {"a": BARE})
    down: Mapping[str, NodeCatalogue] = field(default_factory=dict)

    async def taking(self) -> Mapping[str, NodeCatalogue]:
        return self.up

    async def known(self) -> Mapping[str, NodeCatalogue]:
        return {**self.up, **self.down}


@dataclass
class Door:
    """An admission with what stands behind it."""

    storage: SqliteStorage
    artifacts: ArtifactStore
    fleet: Fleet = field(default_factory=Fleet)
    config: Config = field(default_factory=Config)
    limits: Limits = field(default_factory=Limits)
    waits: bool = False
    allow: frozenset[str] = frozenset()

    async def enter(self, name: str, role: Role = Role.STUDENT) -> Identity:
        account = Account(id=f"id-{name}", name=name, role=role, created_at=0.0)
        await self.storage.accounts.add(account)
        return Identity(account=account, scopes=ROLE_SCOPES[role], token_id="t", via=Via.BEARER)

    def _rules(self, role: Role) -> Rules:
        return replace(self.config.policy.of(role), allow=self.allow)

    async def admit(self, identity: Identity, workflow: object, **further: Any) -> Any:
        admission = Admission(
            jobs=self.storage.jobs,
            files=self.storage.files,
            engines=self.fleet,
            rules=self._rules,
            limits=lambda role: self.limits,
            sizes=PictureSizes(self.artifacts.path),
            waits=self.waits,
        )
        return await admission.admit(identity, {"prompt": workflow, **further})

    async def refusal(self, identity: Identity, workflow: object, **further: Any) -> Any:
        with pytest.raises(PromptRefused) as caught:
            await self.admit(identity, workflow, **further)
        assert await self.storage.jobs.list(identity.account.id) == []
        json.dumps(caught.value.document)
        return caught.value.document

    async def upload(
        self, identity: Identity, name: str, size: tuple[int, int] = (8, 8), area: Area = Area.INPUT
    ) -> None:
        content = io.BytesIO()
        Image.new("RGB", size).save(content, "PNG")
        artifact = await self.artifacts.put_bytes(content.getvalue())
        await self.storage.files.put(identity.account.id, area, "", name, artifact, media_type="image/png")


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Door]:
    storage = SqliteStorage(tmp_path / "atelier.sqlite3")
    try:
        yield Door(storage, ArtifactStore(tmp_path / "artifacts"))
    finally:
        await storage.close()


def loading(name: str) -> dict[str, Any]:
    return {"1": node("LoadImage", image=name), "2": node("PreviewImage", images=["1", 0])}


# --- what is taken ----------------------------------------------------------------------


async def test_a_workflow_becomes_a_stored_job(door: Door) -> None:
    ada = await door.enter("ada")
    job = await door.admit(ada, drawing(batch_size=3), client_id="tab-1")
    stored = await door.storage.jobs.get(job.id)
    assert stored is not None
    assert stored.state is JobState.QUEUED
    assert stored.workflow == drawing(batch_size=3)
    assert stored.targets == ("2",)
    assert stored.images == 3
    assert stored.client_id == "tab-1"
    assert stored.needs.node_classes == {"EmptyImage", "SaveImage"}


async def test_secrets_of_paid_services_are_never_stored(door: Door) -> None:
    ada = await door.enter("ada")
    job = await door.admit(
        ada,
        drawing(),
        extra_data={
            "auth_token_comfy_org": "s1",
            "api_key_comfy_org": "s2",
            "client_id": "tab-2",
            "extra_pnginfo": {"workflow": {"nodes": []}},
        },
    )
    assert job.extra_data == {"extra_pnginfo": {"workflow": {"nodes": []}}}
    assert job.client_id == "tab-2"


async def test_the_same_request_under_the_same_id_is_the_same_job(door: Door) -> None:
    ada = await door.enter("ada")
    first = await door.admit(ada, drawing(), prompt_id="mine")
    again = await door.admit(ada, drawing(), prompt_id="mine", client_id="another tab")
    assert first.id == again.id
    assert first.public_id == "mine"
    with pytest.raises(JobIdTaken):
        await door.admit(ada, drawing(width=65), prompt_id="mine")
    grace = await door.enter("grace")
    assert (await door.admit(grace, drawing(width=65), prompt_id="mine")).id != first.id


async def test_only_wanted_outputs_are_looked_at(door: Door) -> None:
    ada = await door.enter("ada")
    workflow = drawing() | {"9": node("SaveImage", images=["no such", 0], filename_prefix="x")}
    job = await door.admit(ada, workflow, partial_execution_targets=["2"])
    assert job.targets == ("2",)


async def test_no_student_goes_before_the_others(door: Door) -> None:
    ada, tess = await door.enter("ada"), await door.enter("tess", Role.TEACHER)
    first = await door.admit(ada, drawing(width=10))
    await door.admit(ada, drawing(width=11), front=True)
    await door.admit(ada, drawing(width=12), number=-1e9)
    claimed = await door.storage.jobs.claim("a", "w1", unable=(), lease=30, defaults={})
    assert claimed is not None
    assert claimed.id == first.id
    await door.admit(tess, drawing(width=10))
    second = await door.admit(tess, drawing(width=11), front=True)
    await door.storage.jobs.cancel_waiting(ada.account.id)
    claimed = await door.storage.jobs.claim("b", "w2", unable=(), lease=30, defaults={})
    assert claimed is not None
    assert claimed.id == second.id


async def test_own_files_are_found_in_each_folder(door: Door) -> None:
    ada = await door.enter("ada")
    await door.upload(ada, "photo.png")
    await door.upload(ada, "drawn_00001_.png", area=Area.OUTPUT)
    for name in ("photo.png", "photo.png [input]", "drawn_00001_.png [output]"):
        assert (await door.admit(ada, loading(name))).state is JobState.QUEUED


# --- what is refused ----------------------------------------------------------------------


async def test_a_file_of_somebody_else_is_as_one_that_never_was(door: Door) -> None:
    ada, grace = await door.enter("ada"), await door.enter("grace")
    await door.upload(ada, "photo.png")
    foreign = await door.refusal(grace, loading("photo.png"))
    unknown = await door.refusal(grace, loading("nobodys.png"))
    assert json.dumps(foreign).replace("photo", "nobodys") == json.dumps(unknown)


async def test_a_file_in_the_engines_own_folder_is_nobodys(door: Door) -> None:
    options = BARE.nodes["LoadImage"].inputs["image"].options
    assert options is not None
    assert "example.png" in options
    document = await door.refusal(await door.enter("ada"), loading("example.png"))
    assert document["node_errors"]["1"]["errors"][0]["type"] == "custom_validation_failed"


async def test_a_refusal_has_comfyuis_form_and_its_own_client_reads_it(door: Door) -> None:
    ada = await door.enter("ada")
    workflow = drawing(width=0) | {"3": node("TorchCompileModel", model=["1", 0], backend="inductor")}
    document = await door.refusal(ada, workflow)
    assert set(document) == {"error", "node_errors"}
    assert document["error"]["type"] == "prompt_outputs_failed_validation"
    assert document["node_errors"]["1"]["dependent_outputs"] == ["2"]
    assert document["node_errors"]["3"]["class_type"] == "TorchCompileModel"
    by_node = {each.node_id: str(each) for each in findings(document, workflow, {})}
    assert "smaller" in by_node["1"]
    assert "A student may not use TorchCompileModel: it compiles code on the engine" in by_node["3"]
    assert "log" not in by_node["3"]


async def test_an_unknown_class_is_told_as_comfyui_tells_it(door: Door) -> None:
    document = await door.refusal(await door.enter("ada"), drawing() | {"5": node("SaveImag")})
    assert document["error"]["type"] == "invalid_prompt"
    assert document["error"]["details"] == "Node ID '#5'"
    assert "SaveImage" in document["node_errors"]["5"]["errors"][0]["details"]


async def test_a_picture_counts_with_its_real_size(door: Door) -> None:
    ada = await door.enter("ada")
    await door.upload(ada, "large.png", (3000, 2000))
    workflow = {
        "1": node("LoadImage", image="large.png"),
        "2": node("ImageScaleBy", image=["1", 0], scale_by=2.0, upscale_method="area"),
        "3": node("SaveImage", images=["2", 0], filename_prefix="x"),
    }
    document = await door.refusal(ada, workflow)
    assert "6000 x 4000" in document["node_errors"]["2"]["errors"][0]["message"]


MALFORMED: list[tuple[dict[str, Any], str]] = [
    ({"prompt": None}, "no_prompt"),
    ({"prompt": []}, "invalid_prompt"),
    ({"prompt": "text"}, "invalid_prompt"),
    ({"prompt": {}}, "prompt_no_outputs"),
    ({"prompt": {"1": "node"}}, "prompt_no_outputs"),
    ({"prompt": {"1": {"inputs": {}}}}, "prompt_no_outputs"),
    ({"client_id": ["x"]}, "invalid_prompt"),
    ({"client_id": {"a": 1}}, "invalid_prompt"),
    ({"client_id": "\ud800"}, "invalid_prompt"),
    ({"client_id": "x" * 257}, "invalid_prompt"),
    ({"extra_data": {"client_id": ["x"]}}, "invalid_prompt"),
    ({"extra_data": None}, "invalid_prompt"),
    ({"extra_data": []}, "invalid_prompt"),
    ({"extra_data": {"extra_pnginfo": "x"}}, "invalid_prompt"),
    ({"number": "nan"}, "invalid_prompt"),
    ({"number": "inf"}, "invalid_prompt"),
    ({"number": [1]}, "invalid_prompt"),
    ({"number": "abc"}, "invalid_prompt"),
    ({"prompt_id": {"a": 1}}, "invalid_prompt"),
    ({"prompt_id": True}, "invalid_prompt"),
    ({"prompt_id": ""}, "invalid_prompt"),
    ({"prompt_id": "a\nb"}, "invalid_prompt"),
    ({"prompt_id": "x" * 257}, "invalid_prompt"),
    ({"partial_execution_targets": "2"}, "invalid_prompt"),
    ({"partial_execution_targets": [2]}, "invalid_prompt"),
    ({"partial_execution_targets": ["7"]}, "prompt_no_outputs"),
]


async def test_malformed_bodies_are_refused(door: Door) -> None:
    ada = await door.enter("ada")
    for body, type in MALFORMED:
        rest = {name: value for name, value in body.items() if name != "prompt"}
        document = await door.refusal(ada, body.get("prompt", drawing()), **rest)
        assert document["error"]["type"] == type, body


async def test_a_body_nested_beyond_reason_is_refused(door: Door) -> None:
    deep: Any = {}
    for _ in range(300):
        deep = {"a": deep}
    document = await door.refusal(await door.enter("ada"), drawing(), extra_data={"extra_pnginfo": deep})
    assert "nested" in document["error"]["message"]


async def test_a_full_queue_says_when_to_come_back(door: Door) -> None:
    door.limits = Limits(queued=2)
    ada = await door.enter("ada")
    for width in (10, 11):
        await door.admit(ada, drawing(width=width))
    with pytest.raises(QueueFull) as caught:
        await door.admit(ada, drawing(width=12))
    assert caught.value.retry_after > 0


async def test_two_hundred_at_once_reserve_no_picture_too_many(door: Door) -> None:
    door.limits = Limits(images_per_day=50)
    ada = await door.enter("ada")
    answers = await asyncio.gather(
        *(door.admit(ada, drawing(width=10 + number, batch_size=3)) for number in range(200)),
        return_exceptions=True,
    )
    stored = [each for each in answers if not isinstance(each, BaseException)]
    assert len(stored) == 16
    assert all(isinstance(each, QuotaExceeded) for each in answers if isinstance(each, BaseException))


# --- engines ----------------------------------------------------------------------


async def test_without_an_engine_nothing_is_taken(door: Door) -> None:
    door.fleet = Fleet(up={})
    with pytest.raises(NoEngine, match="No engine is up"):
        await door.admit(await door.enter("ada"), drawing())


async def test_one_engine_that_has_all_is_enough(door: Door) -> None:
    door.fleet = Fleet(up={"a": BARE, "b": offering("mine.safetensors")})
    job = await door.admit(await door.enter("ada"), with_model("mine.safetensors"))
    assert job.needs.model == "mine.safetensors"


async def test_a_model_that_no_engine_has_is_told_with_what_is_near(door: Door) -> None:
    document = await door.refusal(await door.enter("ada"), with_model("qwen_image_va.safetensors"))
    (error,) = document["node_errors"]["1"]["errors"]
    assert error["type"] == "value_not_in_list"
    assert error["extra_info"]["nearest"] == "qwen_image_vae.safetensors"


async def test_what_no_single_engine_has_is_refused_with_what_each_lacks(door: Door) -> None:
    door.fleet = Fleet(up={"a": offering("one.safetensors"), "b": offering("two.safetensors")})
    workflow = with_model("one.safetensors")
    workflow |= {
        "5": node("VAELoader", vae_name="two.safetensors"),
        "6": node("VAEDecode", samples=["2", 0], vae=["5", 0]),
        "7": node("PreviewImage", images=["6", 0]),
    }
    with pytest.raises(NoEngine, match=r"a lacks the file two.*; b lacks the file one"):
        await door.admit(await door.enter("ada"), workflow)


async def test_a_job_waits_for_an_engine_that_is_down_only_where_that_is_configured(door: Door) -> None:
    door.fleet = Fleet(up={"a": BARE}, down={"b": offering("mine.safetensors")})
    ada = await door.enter("ada")
    await door.refusal(ada, with_model("mine.safetensors"))
    door.waits = True
    assert (await door.admit(ada, with_model("mine.safetensors"))).state is JobState.QUEUED


async def test_a_custom_node_runs_once_it_is_allowed(door: Door) -> None:
    document = object_info() | {
        "Sparkle": {
            "input": {"required": {"image": ["IMAGE", {}]}},
            "output": ["IMAGE"],
            "output_name": ["IMAGE"],
            "python_module": "custom_nodes.sparkle",
        }
    }
    door.fleet = Fleet(up={"a": NodeCatalogue.parse(document)})
    ada = await door.enter("ada")
    workflow = drawing() | {
        "2": node("SaveImage", images=["3", 0], filename_prefix="x"),
        "3": node("Sparkle", image=["1", 0]),
    }
    refused = await door.refusal(ada, workflow)
    assert refused["node_errors"]["3"]["errors"][0]["type"] == "node_not_allowed"
    door.allow = frozenset({"Sparkle"})
    assert (await door.admit(ada, workflow)).images == 1


# --- anything -------------------------------------------------------------------------------------------

_TEXT = st.text(st.characters(codec=None), max_size=8)
_ANY = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), _TEXT),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(_TEXT, inner, max_size=3), st.tuples(inner).map(list)
    ),
    max_leaves=8,
)
_LINK = st.tuples(st.sampled_from(["1", "2", "3"]), st.integers(0, 1)).map(list)


@st.composite
def _nearly_right(draw: st.DrawFn) -> dict[str, Any]:
    """A workflow of classes that exist, with values that may be right."""
    names = draw(st.lists(st.sampled_from(sorted(BARE.names)), min_size=1, max_size=3))
    workflow = drawing()
    for number, name in enumerate(names, start=1):
        inputs = {
            each.name: draw(st.one_of(_LINK, st.just(each.default), _ANY))
            for each in BARE.nodes[name].inputs.values()
            if not each.hidden
        }
        workflow[str(number)] = node(name, **inputs)
    workflow["5"] = node("SaveImage", images=["1", 0], filename_prefix=draw(_TEXT))
    return workflow


@pytest.fixture
def entered(tmp_path: Path) -> Iterator[tuple[asyncio.Runner, Door, Identity]]:
    """An event loop for many examples, with a door and somebody who came in."""
    with asyncio.Runner() as runner:

        async def open_door() -> tuple[Door, Identity]:
            door = Door(SqliteStorage(tmp_path / "a.sqlite3"), ArtifactStore(tmp_path / "artifacts"))
            return door, await door.enter("ada")

        door, ada = runner.run(open_door())
        yield runner, door, ada
        runner.run(door.storage.close())


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    body=st.fixed_dictionaries(
        {"prompt": st.one_of(_nearly_right(), st.dictionaries(_TEXT, _ANY, max_size=3), _ANY)},
        optional={
            "client_id": _ANY,
            "prompt_id": _ANY,
            "number": _ANY,
            "front": _ANY,
            "extra_data": _ANY,
            "partial_execution_targets": st.one_of(st.just(["2"]), _ANY),
        },
    )
)
def test_whatever_comes_in_is_stored_or_refused_in_form(
    entered: tuple[asyncio.Runner, Door, Identity], body: dict[str, Any]
) -> None:
    runner, door, ada = entered
    rest = {name: value for name, value in body.items() if name not in ("prompt", "prompt_id")}

    async def admit() -> Mapping[str, Any] | None:
        try:
            # Each under an id of its own, but for those that are none.
            given = body.get("prompt_id")
            given = f"{given}{uuid.uuid4()}" if isinstance(given, str) else given
            job = await door.admit(ada, body["prompt"], prompt_id=given, **rest)
        except PromptRefused as refused:
            return refused.document
        assert await door.storage.jobs.get(job.id) == job
        await door.storage.jobs.cancel_waiting(ada.account.id)
        return None

    document = runner.run(admit())
    if document is not None:
        assert set(json.loads(json.dumps(document))) == {"error", "node_errors"}
        assert document["error"]["message"]
