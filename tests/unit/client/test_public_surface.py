"""What `atelier.client` offers, and that the blocking client offers the same."""

from __future__ import annotations

import inspect
import json
from pathlib import Path
from typing import Any

import atelier.client
from atelier import client
from atelier.client import AsyncComfyUIClient, BlockingRun, ComfyUIClient, Event, Run, protocol
from atelier.client._result import ImageFile, Picture, Result
from atelier.findings import Finding
from atelier.schemas.notices import Notice

#: Methods whose names differ between the two, since one is awaited.
OTHERWISE_NAMED = {"aclose": "close"}


def public(cls: type) -> set[str]:
    return {name for name in dir(cls) if not name.startswith("_")}


def test_all_names_exist_and_nothing_else_is_public() -> None:
    assert client.__all__ == sorted(client.__all__)
    for name in client.__all__:
        assert getattr(client, name) is not None
    modules = {path.stem for path in Path(atelier.client.__file__).parent.glob("*.py")}
    assert {module for module in modules if not module.startswith("_")} == {"protocol"}
    assert {name for name in vars(client) if not name.startswith("_")} - {"protocol"} == set(client.__all__)


def test_the_parts_for_other_rooms_are_named_too() -> None:
    for name in protocol.__all__:
        assert getattr(protocol, name) is not None


def test_the_blocking_client_has_every_method_of_the_asynchronous_one() -> None:
    assert public(ComfyUIClient) == {OTHERWISE_NAMED.get(name, name) for name in public(AsyncComfyUIClient)}
    assert public(BlockingRun) == {
        *(OTHERWISE_NAMED.get(name, name) for name in public(Run) - {"begun", "ended"}),
        "job_id",
    }


def test_the_blocking_methods_have_the_same_parameters_and_words() -> None:
    for name in public(AsyncComfyUIClient) - {"aclose", "base_url"}:
        blocking, awaited = getattr(ComfyUIClient, name), getattr(AsyncComfyUIClient, name)
        assert inspect.signature(blocking) == inspect.signature(awaited)
        assert blocking.__doc__ == awaited.__doc__
    assert inspect.signature(ComfyUIClient) == inspect.signature(AsyncComfyUIClient)


def test_every_event_is_json_and_has_a_name_of_its_own() -> None:
    samples: dict[str, Any] = {
        "job_id": "j",
        "number": 1.0,
        "findings": (Finding(kind="k", message="m", received=["1", 0]),),
        "ahead": 1,
        "nodes": ("1",),
        "node": "1",
        "value": 1.0,
        "max": 2.0,
        "image": b"123",
        "media_type": "image/png",
        "text": "t",
        "outputs": {"images": [{"filename": "a.png"}]},
        "notice": Notice(code="c", message="m", node_id="1"),
        "reason": "r",
        "result": Result(
            job_id="j",
            images=(ImageFile(filename="a.png"),),
            seconds=1.0,
            pictures=(Picture(file=ImageFile(filename="a.png"), data=b"1234", media_type="image/png"),),
        ),
    }
    kinds: list[Any] = [
        kind for kind in vars(client).values() if isinstance(kind, type) and issubclass(kind, Event)
    ]
    kinds.remove(Event)
    names = set()
    for kind in kinds:
        parameters = inspect.signature(kind).parameters
        document = kind(**{name: samples[name] for name in parameters}).to_json()
        assert json.loads(json.dumps(document)) == document
        names.add(document["event"])
    assert len(names) == len(kinds) == 13
