"""The whole service: gateway, queue, worker and embedded engine, used by the Python client and by hand."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import os
import signal
import stat
import subprocess
import sys
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from PIL import Image
from yarl import URL

from atelier.client import AsyncComfyUIClient
from atelier.errors import PromptRejected, ServiceError
from atelier.gateway.config import Config, Engine, Listen, Log
from atelier.gateway.serve import running
from atelier.providers.embedded import embedded_engine
from tests.acceptance.service import COMFYUI, SIDE, drawn_by
from tests.integration.engine.workflows import plain_picture

#: A slow server may be asked for less.
SIDE_PX = int(SIDE) if SIDE else None

DEADLINE = 60.0


@dataclass(frozen=True, kw_only=True)
class School:
    """A running service with two pupils."""

    url: str
    config: Config
    tokens: dict[str, str]

    @property
    def origin(self) -> str:
        """The address without a path; the gateway answers there too."""
        return str(URL(self.url).origin())

    @asynccontextmanager
    async def as_(self, name: str) -> AsyncIterator[aiohttp.ClientSession]:
        headers = {"Authorization": f"Bearer {self.tokens[name]}"}
        timeout = aiohttp.ClientTimeout(total=DEADLINE)
        async with aiohttp.ClientSession(self.origin, headers=headers, timeout=timeout) as session:
            yield session


@pytest.fixture(scope="session")
def engine_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of one embedded engine for all tests, or of the ComfyUI at ATELIER_TEST_COMFYUI_URL."""
    if COMFYUI:
        yield COMFYUI
        return
    with embedded_engine(tmp_path_factory.mktemp("engine")) as engine:
        yield engine.url


@asynccontextmanager
async def school_at(
    engine_url: str, directory: Path, *, root_path: str = "", trusted_proxies: tuple[IPv4Network, ...] = ()
) -> AsyncIterator[School]:
    """Run a service, with its first admin and two pupils made as a person would: over the API."""
    config = Config(
        directory=directory,
        listen=Listen(port=0, root_path=root_path, trusted_proxies=trusted_proxies),
        engines=(Engine(name="first", address=engine_url),),
        log=Log(level="error"),
    )
    async with running(config) as service:
        tokens = {"admin": (directory / "admin-token").read_text(encoding="ascii").strip()}
        school = School(url=service.url, config=config, tokens=tokens)
        async with school.as_("admin") as admin:
            for name in ("ada", "bob"):
                body = {"name": name, "role": "student"}
                async with admin.post("/atelier/api/accounts", json=body) as answer:
                    assert answer.status < 300, await answer.text()
                async with admin.post(f"/atelier/api/accounts/{name}/tokens", json={}) as answer:
                    assert answer.status < 300, await answer.text()
                    tokens[name] = (await answer.json())["token"]
        await until_ready(school)
        yield school


async def until_ready(school: School) -> None:
    """Wait until the worker has met its engine."""
    async with asyncio.timeout(DEADLINE), school.as_("admin") as admin:
        while True:
            async with admin.get("/readyz") as answer:
                if (await answer.json()).get("engines"):
                    return
            await asyncio.sleep(0.05)


@pytest.fixture
async def school(engine_url: str, tmp_path: Path) -> AsyncIterator[School]:
    async with school_at(engine_url, tmp_path / "service") as running_school:
        yield running_school


async def test_two_pupils_draw_at_once_with_the_python_client_and_see_only_their_own(school: School) -> None:
    async def draw(name: str) -> tuple[str, ...]:
        async with AsyncComfyUIClient(school.url, token=school.tokens[name]) as client:
            result = await client.generate_text2image(
                f"a red fox for {name}", seed=7, width=SIDE_PX, height=SIDE_PX
            )
            return tuple(each.filename for each in result.images)

    ada, bob = await asyncio.gather(draw("ada"), draw("bob"))
    # Each counts in a space of its own.
    assert ada == bob == ("atelier_00001_.png",)
    contents = {}
    for name, other in (("ada", "bob"), ("bob", "ada")):
        async with school.as_(name) as session:
            async with session.get("/history") as answer:
                history = json.dumps(await answer.json())
            assert f"a red fox for {name}" in history
            assert f"a red fox for {other}" not in history
            async with session.get("/view", params={"filename": "atelier_00001_.png"}) as answer:
                assert answer.status == 200
                contents[name] = await answer.read()
    picture = Image.open(io.BytesIO(contents["ada"]))
    assert "a red fox for ada" in picture.info["prompt"]
    assert "bob" not in picture.info["prompt"]


async def test_the_same_workflow_of_two_pupils_gives_each_a_picture_of_their_own(school: School) -> None:
    """The engine's cache knows the second one's result already, under the first one's name."""
    for name in ("ada", "bob"):
        async with AsyncComfyUIClient(school.url, token=school.tokens[name]) as client:
            result = await client.run(plain_picture(77)).result()
            [image] = result.images
            assert image.filename == "p_00001_.png"
        async with school.as_(name) as session, session.get("/view", params=_query(image)) as answer:
            assert answer.status == 200


def _query(image: Any) -> dict[str, str]:
    return {"filename": image.filename, "subfolder": image.subfolder, "type": image.type}


async def test_an_upload_of_one_pupil_cannot_be_used_by_another(school: School) -> None:
    buffer = io.BytesIO()
    Image.new("RGB", (16, 16), (9, 8, 7)).save(buffer, "PNG")
    async with school.as_("ada") as session:
        form = aiohttp.FormData()
        form.add_field("image", buffer.getvalue(), filename="hers.png")
        async with session.post("/upload/image", data=form) as answer:
            assert answer.status == 200
    workflow = {
        "1": {"class_type": "LoadImage", "inputs": {"image": "hers.png"}},
        "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": "copy"}},
    }
    async with AsyncComfyUIClient(school.url, token=school.tokens["ada"]) as client:
        assert len((await client.run(workflow).result()).images) == 1
    async with AsyncComfyUIClient(school.url, token=school.tokens["bob"]) as client:
        with pytest.raises(PromptRejected, match=r"hers\.png"):
            await client.run(workflow).result()


async def test_the_history_has_a_job_when_its_end_is_told(school: School) -> None:
    """With ComfyUI the entry may come after `execution_success`."""
    async with school.as_("ada") as session:
        client_id = uuid.uuid4().hex
        async with session.ws_connect("/ws", params={"clientId": client_id}) as socket:
            for number in range(10):
                body = {"prompt": plain_picture(number), "client_id": client_id}
                async with session.post("/prompt", json=body) as answer:
                    assert answer.status == 200, await answer.text()
                    prompt_id = (await answer.json())["prompt_id"]
                types = await told_of(socket, prompt_id, up_to="execution_success")
                async with session.get(f"/history/{prompt_id}") as answer:
                    entry = (await answer.json())[prompt_id]
                assert entry["status"]["status_str"] == "success"
                [image] = entry["outputs"]["2"]["images"]
                async with session.get("/view", params=image) as answer:
                    assert answer.status == 200
                assert types[0] == "execution_start"
                assert "executed" in types


async def told_of(socket: aiohttp.ClientWebSocketResponse, prompt_id: str, *, up_to: str) -> list[str]:
    """Return the types of a job's messages up to one of this type."""
    types: list[str] = []
    while up_to not in types:
        message = await socket.receive(timeout=DEADLINE)
        assert message.type in (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY), message
        if message.type is aiohttp.WSMsgType.TEXT:
            document = json.loads(message.data)
            if document["data"].get("prompt_id") == prompt_id:
                types.append(document["type"])
    return types


async def test_a_refusal_has_comfyui_s_form_and_names_the_node(school: School) -> None:
    async with school.as_("ada") as session:
        workflow = plain_picture(1)
        workflow["1"]["class_type"] = "RunAnyCode"
        async with session.post("/prompt", json={"prompt": workflow}) as answer:
            assert answer.status == 400
            document = await answer.json()
        assert {"type", "message", "details", "extra_info"} <= set(document["error"])
        async with session.post("/prompt", data=b"{broken") as answer:
            assert answer.status == 400
            assert (await answer.json())["node_errors"] == {}


async def test_a_waiting_job_says_when_it_starts_and_can_be_taken_back(
    engine_url: str, school: School
) -> None:
    # A pupil may not sample for so long that the job cannot end meanwhile.
    workflow = await asyncio.to_thread(drawn_by, engine_url, steps=10_000)
    async with school.as_("admin") as session:
        ids = []
        for _ in range(2):
            body = {"prompt": workflow}
            async with session.post("/prompt", json=body) as answer:
                assert answer.status == 200, await answer.text()
                ids.append((await answer.json())["prompt_id"])
        async with session.get("/prompt") as answer:
            status = await answer.json()
        assert status["exec_info"]["queue_remaining"] == 2
        assert status["atelier"]["next"]["position"] >= 1
        async with session.post("/queue", json={"delete": [ids[1]]}) as answer:
            assert answer.status == 200
        async with session.post("/interrupt", json={"prompt_id": ids[0]}) as answer:
            assert answer.status == 200
        async with asyncio.timeout(DEADLINE):
            while True:
                async with session.get("/prompt") as answer:
                    if (await answer.json())["exec_info"]["queue_remaining"] == 0:
                        break
                await asyncio.sleep(0.05)
        async with session.get("/history") as answer:
            history = await answer.json()
        # What was dropped before it ran leaves no trace.
        assert ids[1] not in history


async def test_what_was_stored_is_there_after_a_restart(engine_url: str, tmp_path: Path) -> None:
    async with school_at(engine_url, tmp_path / "service") as school:
        token = school.tokens["admin"]
        async with AsyncComfyUIClient(school.url, token=token) as client:
            job_id = (await client.run(plain_picture(5)).result()).job_id
    async with running(school.config) as service:
        again = School(url=service.url, config=school.config, tokens={"admin": token})
        async with again.as_("admin") as session, session.get(f"/history/{job_id}") as answer:
            assert job_id in await answer.json()
    # The file of the first start stays as it is: there is an admin.
    assert (tmp_path / "service/admin-token").read_text(encoding="ascii").strip() == token


@pytest.mark.skipif(os.name != "posix", reason="Windows has other permissions")
async def test_the_first_admin_s_token_is_for_its_owner_s_eyes(school: School) -> None:
    mode = stat.S_IMODE((school.config.directory / "admin-token").stat().st_mode)
    assert mode == 0o600


async def test_without_a_place_for_the_admin_s_token_the_service_does_not_start(tmp_path: Path) -> None:
    (tmp_path / "admin-token").mkdir()
    (tmp_path / "admin-token" / "in-the-way").touch()
    config = Config(directory=tmp_path, engines=(Engine(name="a", address="http://127.0.0.1:9"),))
    for _ in range(2):
        with pytest.raises(ServiceError, match="admin-token"):
            async with running(config):
                pass


def test_the_command_starts_the_embedded_engine_and_ends_with_it_when_told_to(tmp_path: Path) -> None:
    environ = {**os.environ, "ATELIER_DIRECTORY": str(tmp_path / "d"), "ATELIER_LISTEN__PORT": "0"}
    environ["ATELIER_LOG__LEVEL"] = "error"
    command = [sys.executable, "-m", "atelier", "serve", "--json"]
    with subprocess.Popen(
        command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        line = json.loads(process.stdout.readline())
        assert line["event"] == "ready"
        token = (tmp_path / "d/admin-token").read_text(encoding="ascii").strip()
        asyncio.run(ask(line["url"], token))
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=DEADLINE)
    assert process.returncode == 0
    assert token not in out + err
    # Whatever is logged, the first start says where the token is.
    assert line["admin_token_file"] == str(tmp_path / "d/admin-token")


async def ask(url: str, token: str) -> None:
    """Ask for what needs the engine, with a ticket in an address on the way."""
    headers = {"Authorization": f"Bearer {token}"}
    async with aiohttp.ClientSession(url, headers=headers) as session:
        async with session.get("/system_stats") as answer:
            assert answer.status == 200
        with contextlib.suppress(aiohttp.ClientError):
            async with session.get("/queue", params={"token": token}) as answer:
                await answer.read()
