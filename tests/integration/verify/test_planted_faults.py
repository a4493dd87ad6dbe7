"""Planted faults: each is a deployment that is broken in one way, and the diagnosis must name that way first.

Servers, sockets, proxies, certificates and stores are real. What needs a GPU, Docker or a broken network is
played from recorded answers, and said to be recorded.
"""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from PIL import Image, ImageDraw

from atelier.credentials.copies import TokenCopy, write_copies
from atelier.credentials.store import FOLDER, Store
from atelier.credentials.sync import sync
from atelier.gateway.config import AdminLimits, Config, Engine, LimitsByRole, Listen, Log
from atelier.gateway.serve import running
from atelier.verify.claims import CLAIMS
from atelier.verify.diagnosis.diagnose import diagnose
from atelier.verify.machine import Machine
from atelier.verify.report import Report
from atelier.verify.run import verify
from atelier.verify.target import Target
from tests.integration.gateway.test_service import School, school_at, until_ready
from tests.integration.verify.certificates import Authority
from tests.integration.verify.conftest import target
from tests.integration.verify.proxy import Proxy

#: Of the kind that ComfyUI-Login has; nobody's.
HASH = "$2b$12$" + "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ./0"[:53]


@dataclass(frozen=True, kw_only=True)
class Place:
    """What a fault is planted into."""

    engine: str
    folder: Path

    def school(self) -> AbstractAsyncContextManager[School]:
        return school_at(self.engine, self.folder / "service")


Fault = Callable[[Place], AbstractAsyncContextManager[Target]]
FAULTS: dict[str, list[tuple[Fault, tuple[str, ...]]]] = {}


def plants(cause: str, *also: str) -> Callable[[Fault], Fault]:
    """Say which cause a fault must be given, and which claims are looked at besides those of a quick run."""

    def note(fault: Fault) -> Fault:
        FAULTS.setdefault(cause, []).append((fault, also))
        return fault

    return note


@asynccontextmanager
async def listening(
    answer: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Any],
) -> AsyncIterator[str]:
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


@asynccontextmanager
async def serving(handler: Callable[[web.Request], Any]) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handler)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def closed_port() -> str:
    async with listening(lambda *_: None) as url:
        return url


def changed(path: str, change: Callable[[Any], Any]) -> Callable[[str, bytes], bytes]:
    """Return a change of the JSON that a path answers."""

    def apply(asked: str, body: bytes) -> bytes:
        return json.dumps(change(json.loads(body))).encode() if asked.startswith(path) else body

    return apply


# --- the address --------------------------------------------------------------------------------------------


@plants("not-running")
@asynccontextmanager
async def nothing_was_started(place: Place) -> AsyncIterator[Target]:
    yield Target(url=await closed_port())


@plants("unknown-name")
@asynccontextmanager
async def the_name_is_misspelt(place: Place) -> AsyncIterator[Target]:
    yield Target(url="http://studio.invalid")


@plants("port-taken")
@asynccontextmanager
async def another_web_server_has_the_port(place: Place) -> AsyncIterator[Target]:
    async def welcome(request: web.Request) -> web.Response:
        return web.Response(text="<h1>Welcome to nginx!</h1>", content_type="text/html")

    async with serving(welcome) as url:
        yield Target(url=url)


@plants("port-taken")
@asynccontextmanager
async def a_notebook_server_has_the_port(place: Place) -> AsyncIterator[Target]:
    async def missing(request: web.Request) -> web.Response:
        return web.json_response({"message": "Not Found", "reason": None}, status=404)

    async with serving(missing) as url:
        yield Target(url=url)


@plants("port-taken")
@asynccontextmanager
async def a_program_that_speaks_no_http_has_the_port(place: Place) -> AsyncIterator[Target]:
    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"SSH-2.0-OpenSSH_9.2p1\r\n")
        await reader.read(100)
        writer.close()

    async with listening(greet) as url:
        yield Target(url=url)


@plants("no-answer")
@asynccontextmanager
async def the_server_hangs(place: Place) -> AsyncIterator[Target]:
    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async with listening(say_nothing) as url:
        yield Target(url=url, request_seconds=0.3, drawing_seconds=1.0)


@plants("redirected")
@asynccontextmanager
async def the_name_has_moved(place: Place) -> AsyncIterator[Target]:
    async def moved(request: web.Request) -> web.Response:
        raise web.HTTPMovedPermanently(f"https://new.example{request.path}")

    async with serving(moved) as url:
        yield Target(url=url)


@plants("proxy-without-engine")
@asynccontextmanager
async def the_proxy_is_up_and_the_service_down(place: Place) -> AsyncIterator[Target]:
    async with Proxy(await closed_port()).running() as url:
        yield Target(url=url, token="atl_" + "1" * 43)


@plants("certificate-expired")
@asynccontextmanager
async def nobody_renewed_the_certificate(place: Place) -> AsyncIterator[Target]:
    authority = Authority.founded(place.folder)
    async with Proxy(place.engine).running(authority.server(begins=-90, ends=-1)) as url:
        yield Target(url=url, ca_file=authority.file)


@plants("certificate-early")
@asynccontextmanager
async def the_certificate_begins_tomorrow(place: Place) -> AsyncIterator[Target]:
    authority = Authority.founded(place.folder)
    async with Proxy(place.engine).running(authority.server(begins=1)) as url:
        yield Target(url=url, ca_file=authority.file)


@plants("certificate-untrusted")
@asynccontextmanager
async def nobody_knows_the_authority(place: Place) -> AsyncIterator[Target]:
    async with Proxy(place.engine).running(Authority.founded(place.folder).server()) as url:
        yield Target(url=url)


@plants("certificate-name")
@asynccontextmanager
async def the_certificate_is_for_another_name(place: Place) -> AsyncIterator[Target]:
    authority = Authority.founded(place.folder)
    async with Proxy(place.engine).running(authority.server(address="10.1.2.3")) as url:
        yield Target(url=url, ca_file=authority.file)


# --- the door -----------------------------------------------------------------------------------------------


@plants("token-drift")
@asynccontextmanager
async def the_token_was_rotated_and_a_copy_forgotten(place: Place) -> AsyncIterator[Target]:
    async with place.school() as school, school.as_("admin") as admin:
        async with admin.post("/atelier/api/accounts/ada/tokens/reissue", json={}) as answer:
            assert answer.status < 300, await answer.text()
        yield target(school)


@plants("token-drift")
@asynccontextmanager
async def a_copy_of_the_token_was_edited(place: Place) -> AsyncIterator[Target]:
    store = Store.create(place.folder / FOLDER)
    store.put("service-token", "atl_" + "2" * 43)
    write_copies(store, [TokenCopy(file="notebook.token", secret="service-token")])
    sync(store)
    (place.folder / "notebook.token").write_text("atl_" + "3" * 43, encoding="ascii")
    yield Target(url=place.engine, machine=Machine(directory=place.folder))


@plants("secret-exposed")
@asynccontextmanager
async def a_killed_sync_left_half_a_copy_behind(place: Place) -> AsyncIterator[Target]:
    store = Store.create(place.folder / FOLDER)
    store.put("service-token", "atl_" + "2" * 43)
    write_copies(store, [TokenCopy(file="notebook.token", secret="service-token")])
    sync(store)
    (place.folder / ".notebook.token.1.atelier-tmp").write_text("atl_2222", encoding="ascii")
    yield Target(url=place.engine, machine=Machine(directory=place.folder))


@plants("token-format")
@asynccontextmanager
async def the_gateway_is_given_the_hash_of_comfyui_login(place: Place) -> AsyncIterator[Target]:
    async with place.school() as school:
        yield target(school, token=HASH)


@asynccontextmanager
async def comfyui_login(engine: str, token: str) -> AsyncIterator[str]:
    """Put before an engine what ComfyUI-Login does: a bearer token, compared as it is (recorded answers)."""

    async with Proxy(engine).running() as inner:
        proxy = Proxy(inner)
        regular = proxy._answer

        async def guard(request: web.Request) -> web.StreamResponse:
            exempt = request.path == "/login" or request.path.endswith((".css", ".css.map", ".js", ".ico"))
            if exempt:
                return await regular(request)
            if given := request.headers.get("Authorization"):
                if len(given.split()) != 2:
                    # It unpacks the header into two words, and breaks over more.
                    raise web.HTTPInternalServerError
                if given == f"Bearer {token}":
                    return await regular(request)
            if "text/html" in request.headers.get("Accept", ""):
                raise web.HTTPFound("/login")
            return web.json_response({"error": "Authentication required."}, status=401)

        proxy._answer = guard  # type: ignore[method-assign]
        async with proxy.running() as url:
            yield url


@plants("token-format")
@asynccontextmanager
async def comfyui_login_is_given_the_password(place: Place) -> AsyncIterator[Target]:
    async with comfyui_login(place.engine, HASH) as url:
        yield Target(url=url, token="correct-horse-battery")


@plants("token-format")
@asynccontextmanager
async def comfyui_login_is_given_a_passphrase(place: Place) -> AsyncIterator[Target]:
    async with comfyui_login(place.engine, HASH) as url:
        yield Target(url=url, token="correct horse battery")


@plants("token-drift")
@asynccontextmanager
async def comfyui_login_got_another_password(place: Place) -> AsyncIterator[Target]:
    async with comfyui_login(place.engine, HASH) as url:
        yield Target(url=url, token=HASH[:-4] + "aaaa")


@plants("token-missing")
@asynccontextmanager
async def nobody_gave_a_token(place: Place) -> AsyncIterator[Target]:
    async with place.school() as school:
        yield Target(url=school.url)


@plants("door-open")
@asynccontextmanager
async def the_proxy_leads_past_the_gateway(place: Place) -> AsyncIterator[Target]:
    async with (
        place.school() as school,
        Proxy(school.url, past={"/view": place.engine, "/system_stats": place.engine}).running() as url,
    ):
        yield target(school, url=url)


@plants("door-open")
@asynccontextmanager
async def comfyui_login_lets_endings_pass(place: Place) -> AsyncIterator[Target]:
    async with comfyui_login(place.engine, HASH) as url:
        yield Target(url=url, token=HASH)


@plants("door-open", "door.keeps-accounts-apart")
@asynccontextmanager
async def the_proxy_keeps_one_pupils_picture_for_all(place: Place) -> AsyncIterator[Target]:
    def picture(path: str) -> bool:
        return path.startswith("/view?")

    async with place.school() as school, Proxy(school.url, keeps=picture).running() as url:
        yield target(school, url=url)


@plants("door-open")
@asynccontextmanager
async def the_proxy_adds_a_token_of_its_own(place: Place) -> AsyncIterator[Target]:
    async with place.school() as school:
        added = {"Authorization": f"Bearer {school.tokens['ada']}"}
        async with Proxy(school.url, forwards=added).running() as url:
            yield target(school, url=url)


@plants("origin-refused")
@asynccontextmanager
async def the_proxy_sends_the_origin_with_another_host(place: Place) -> AsyncIterator[Target]:
    async with Proxy(place.engine, keeps_host=False).running() as url:
        yield Target(url=url)


@plants("origin-refused")
@asynccontextmanager
async def the_proxy_hides_the_host_from_the_gateway(place: Place) -> AsyncIterator[Target]:
    async with place.school() as school, Proxy(school.url, keeps_host=False).running() as url:
        yield target(school, url=url)


@plants("socket-not-passed")
@asynccontextmanager
async def the_proxy_takes_the_upgrade_away(place: Place) -> AsyncIterator[Target]:
    async with place.school() as school, Proxy(school.url, upgrades=False).running() as url:
        yield target(school, url=url)


@plants("socket-not-passed")
@asynccontextmanager
async def the_proxy_takes_the_upgrade_to_comfyui_away(place: Place) -> AsyncIterator[Target]:
    async with Proxy(place.engine, upgrades=False).running() as url:
        yield Target(url=url)


@plants("clock-skew")
@asynccontextmanager
async def the_servers_clock_is_an_hour_late(place: Place) -> AsyncIterator[Target]:
    async with Proxy(place.engine, late=-3600).running() as url:
        yield Target(url=url)


# --- the engine ---------------------------------------------------------------------------------------------


@plants("engine-down")
@asynccontextmanager
async def the_gateway_is_up_and_its_engine_down(place: Place) -> AsyncIterator[Target]:
    config = Config(
        directory=place.folder / "service",
        listen=Listen(port=0),
        engines=(Engine(name="first", address=await closed_port()),),
        log=Log(level="error"),
    )
    async with running(config) as service:
        token = (config.directory / "admin-token").read_text(encoding="ascii").strip()
        yield Target(url=service.url, token=token, drawing_seconds=5.0)


@plants("engine-hangs")
@asynccontextmanager
async def the_engine_behind_the_gateway_hangs(place: Place) -> AsyncIterator[Target]:
    proxy = Proxy(place.engine)
    regular, stuck = proxy._answer, asyncio.Event()

    async def answer(request: web.Request) -> web.StreamResponse:
        if stuck.is_set():
            await asyncio.Event().wait()
        return await regular(request)

    proxy._answer = answer  # type: ignore[method-assign]
    async with proxy.running() as url, school_at(url, place.folder / "service") as school:
        stuck.set()
        yield target(school, request_seconds=1.0, drawing_seconds=1.0)


@plants("engine-lost")
@asynccontextmanager
async def one_of_two_engines_is_down(place: Place) -> AsyncIterator[Target]:
    config = Config(
        directory=place.folder / "service",
        listen=Listen(port=0),
        engines=(
            Engine(name="first", address=place.engine),
            Engine(name="second", address=await closed_port()),
        ),
        log=Log(level="error"),
    )
    async with running(config) as service:
        token = (config.directory / "admin-token").read_text(encoding="ascii").strip()
        school = School(url=service.url, config=config, tokens={"admin": token})
        await until_ready(school)
        async with asyncio.timeout(20.0), school.as_("admin") as admin:
            states: set[str] = set()
            while "down" not in states:
                async with admin.get("/atelier/api/engines") as answer:
                    states = {each["state"] for each in await answer.json()}
                await asyncio.sleep(0.05)
        yield Target(url=service.url, token=token)


@plants("disk-full")
@asynccontextmanager
async def nothing_more_can_be_kept(place: Place) -> AsyncIterator[Target]:
    """The gateway answers 507, as it does where the disk is full: its accounts may keep one byte."""
    config = Config(
        directory=place.folder / "service",
        listen=Listen(port=0),
        engines=(Engine(name="first", address=place.engine),),
        limits=LimitsByRole(admin=AdminLimits(storage_bytes=1)),
        log=Log(level="error"),
    )
    async with running(config) as service:
        token = (config.directory / "admin-token").read_text(encoding="ascii").strip()
        yield Target(url=service.url, token=token, drawing_seconds=20.0)


def failing(message: str) -> Callable[[str, bytes], bytes]:
    """Return the recorded end of a job that failed: ComfyUI's history entry with an exception's text."""

    def fail(history: Any) -> Any:
        for job_id, entry in history.items():
            entry["outputs"] = {}
            entry["status"] = {
                "status_str": "error",
                "completed": False,
                "messages": [
                    [
                        "execution_error",
                        {
                            "prompt_id": job_id,
                            "node_id": "5",
                            "node_type": "KSampler",
                            "executed": [],
                            "exception_message": message,
                            "exception_type": "RuntimeError",
                            "traceback": [],
                            "current_inputs": {},
                            "current_outputs": [],
                        },
                    ]
                ],
            }
        return history

    return changed("/history", fail)


#: Recorded: what torch 2.8, safetensors and Linux say.
RECORDED_FAILURES = {
    "disk-full": "[Errno 28] No space left on device: '/data/output/atelier_00007_.png'",
    "memory-short": "CUDA out of memory. Tried to allocate 9.54 GiB. GPU 0 has a capacity of 23.57 GiB.",
    "gpu-architecture": "CUDA error: no kernel image is available for execution on the device",
    "driver-too-old": "The NVIDIA driver on your system is too old (found version 11040).",
    "gpu-unseen": "Found no NVIDIA driver on your system. Please check that you have an NVIDIA GPU.",
    "model-damaged": "Error while deserializing header: incomplete metadata, file not fully covered",
    "torch-for-cpu": "Torch not compiled with CUDA enabled",
}


def recorded_failure(message: str) -> Fault:
    @asynccontextmanager
    async def engine(place: Place) -> AsyncIterator[Target]:
        async with Proxy(place.engine, change=failing(message), upgrades=True).running() as url:
            yield Target(url=url)

    engine.__name__ = f"recorded_{message[:30]}"
    return engine


for _cause, _message in RECORDED_FAILURES.items():
    plants(_cause)(recorded_failure(_message))


@plants("node-missing")
@asynccontextmanager
async def a_custom_node_was_lost_with_its_container(place: Place) -> AsyncIterator[Target]:
    def without(document: Any) -> Any:
        return {name: each for name, each in document.items() if name != "LoadImage"}

    async with Proxy(place.engine, change=changed("/object_info", without)).running() as url:
        yield Target(url=url)


def offering(**files: list[str]) -> Callable[[str, bytes], bytes]:
    """Return a change of which files the loaders offer."""

    def offer(document: Any) -> Any:
        for class_type, name in (
            ("UNETLoader", "unet_name"),
            ("CLIPLoader", "clip_name"),
            ("VAELoader", "vae_name"),
        ):
            if class_type in document:
                document[class_type]["input"]["required"][name] = [files.get(class_type, []), {}]
        return document

    return changed("/object_info", offer)


@plants("model-missing")
@asynccontextmanager
async def of_qwen_image_edit_the_text_encoder_was_never_fetched(place: Place) -> AsyncIterator[Target]:
    change = offering(
        UNETLoader=["qwen_image_edit_2509_fp8_e4m3fn.safetensors"], VAELoader=["qwen_image_vae.safetensors"]
    )
    async with Proxy(place.engine, change=change).running() as url:
        yield Target(url=url)


@plants("model-missing")
@asynccontextmanager
async def the_folder_of_models_was_not_mounted(place: Place) -> AsyncIterator[Target]:
    async with Proxy(place.engine, change=offering()).running() as url:
        yield Target(url=url)


def drawing(device: str, torch: str) -> Callable[[str, bytes], bytes]:
    """Return recorded /system_stats: of ComfyUI 0.3.64 with a torch, on a device."""

    def stats(document: Any) -> Any:
        document.pop("atelier", None)
        document["system"]["pytorch_version"] = torch
        document["devices"][0] |= {"name": device, "type": device.partition(":")[0]}
        return document

    return changed("/system_stats", stats)


@plants("gpu-unseen")
@asynccontextmanager
async def the_container_was_started_without_its_gpu(place: Place) -> AsyncIterator[Target]:
    async with Proxy(place.engine, change=drawing("cpu", "2.8.0+cu128")).running() as url:
        yield Target(url=url)


@plants("torch-for-cpu")
@asynccontextmanager
async def the_wheel_without_cuda_was_installed(place: Place) -> AsyncIterator[Target]:
    async with Proxy(place.engine, change=drawing("cpu", "2.8.0+cpu")).running() as url:
        yield Target(url=url)


class Recorded(Machine):
    """A machine whose programs answer what was recorded."""

    answers: dict[str, str]

    def __init__(self, directory: Path, **answers: str) -> None:
        super().__init__(directory=directory)
        object.__setattr__(self, "answers", answers)
        store = Store.create(directory / FOLDER)
        write_copies(store, [])

    async def says(self, *command: str) -> str | None:
        if command[:3] == ("docker", "network", "inspect"):
            return self.answers.get("networks")
        name = "_".join(each.strip("-") for each in command[:2])
        return self.answers.get(name)

    def disk(self, folder: Path) -> tuple[int, int]:
        name = "disk" if folder == self.directory else f"disk_{folder.name}"
        total, _, free = self.answers.get(name, "100 90").partition(" ")
        return int(total) * 2**30, int(free) * 2**30


#: Recorded: the head of nvidia-smi's answer on a machine with an old driver.
OLD_DRIVER = """
+-----------------------------------------------------------------------------+
| NVIDIA-SMI 470.256.02   Driver Version: 470.256.02   CUDA Version: 11.4     |
|-------------------------------+----------------------+----------------------+
|   0  NVIDIA GeForce ...  Off  | 00000000:01:00.0 Off |                  N/A |
"""
#: Recorded: `docker network inspect`, and `ip -json route` of a school whose network is 172.18.0.0/16.
NETWORKS = json.dumps(
    [
        {"Name": "bridge", "IPAM": {"Config": [{"Subnet": "172.17.0.0/16", "Gateway": "172.17.0.1"}]}},
        {"Name": "atelier_inner", "IPAM": {"Config": [{"Subnet": "172.18.0.0/16"}]}},
        {"Name": "host", "IPAM": {"Config": []}},
    ]
)
ROUTES = json.dumps(
    [
        {"dst": "default", "gateway": "172.18.0.1", "dev": "eth0"},
        {"dst": "172.17.0.0/16", "dev": "docker0"},
        {"dst": "172.18.32.0/20", "dev": "eth0"},
    ]
)
#: Recorded: `docker ps` while an entrypoint fails again and again.
LOOPING = "\n".join(
    json.dumps(each)
    for each in (
        {"Names": "atelier_gateway_1", "State": "running", "Status": "Up 2 hours (healthy)"},
        {"Names": "atelier_comfyui_1", "State": "restarting", "Status": "Restarting (1) 5 seconds ago"},
    )
)


@plants("driver-too-old")
@asynccontextmanager
async def the_driver_is_older_than_torch_needs(place: Place) -> AsyncIterator[Target]:
    async with Proxy(place.engine, change=drawing("cpu", "2.8.0+cu128")).running() as url:
        yield Target(url=url, machine=Recorded(place.folder, **{"nvidia-smi": OLD_DRIVER}))


@plants("subnet-clash")
@asynccontextmanager
async def dockers_network_has_the_schools_addresses(place: Place) -> AsyncIterator[Target]:
    machine = Recorded(place.folder, docker_network="a b c", networks=NETWORKS, ip_json=ROUTES)
    yield Target(url=place.engine, machine=machine)


@plants("container-unwell")
@asynccontextmanager
async def a_container_restarts_again_and_again(place: Place) -> AsyncIterator[Target]:
    yield Target(url=place.engine, machine=Recorded(place.folder, docker_ps=LOOPING))


@plants("disk-full")
@asynccontextmanager
async def one_percent_of_the_disk_is_free(place: Place) -> AsyncIterator[Target]:
    yield Target(url=place.engine, machine=Recorded(place.folder, disk="200 2"))


@plants("disk-full")
@asynccontextmanager
async def the_disk_of_dockers_volumes_is_full(place: Place) -> AsyncIterator[Target]:
    machine = Recorded(place.folder, docker_info="/var/lib/docker\n", disk="200 150", disk_docker="40 1")
    yield Target(url=place.engine, machine=machine)


# --- what it draws ------------------------------------------------------------------------------------------


def showing(draw: Callable[[Image.Image], Image.Image]) -> Callable[[str, bytes], bytes]:
    """Return a change of every picture that is a PNG."""

    def apply(path: str, body: bytes) -> bytes:
        if not path.endswith("/view") or not body.startswith(b"\x89PNG"):
            return body
        with Image.open(io.BytesIO(body)) as picture:
            file = io.BytesIO()
            draw(picture.convert("RGB")).save(file, "PNG")
            return file.getvalue()

    return apply


@plants("pictures-uniform")
@asynccontextmanager
async def the_engine_answers_and_draws_black(place: Place) -> AsyncIterator[Target]:
    change = showing(lambda picture: Image.new("RGB", picture.size, "black"))
    async with Proxy(place.engine, change=change).running() as url:
        yield Target(url=url)


@plants("pictures-not-drawn")
@asynccontextmanager
async def a_sign_stands_in_the_pictures_place(place: Place) -> AsyncIterator[Target]:
    def sign(picture: Image.Image) -> Image.Image:
        board = Image.new("RGB", picture.size, "white")
        ImageDraw.Draw(board).rectangle((20, 40, 100, 90), fill="grey")
        return board

    async with Proxy(place.engine, change=showing(sign)).running() as url:
        yield Target(url=url)


@plants("pictures-not-drawn", "draws.by-seed")
@asynccontextmanager
async def the_proxy_keeps_the_first_picture(place: Place) -> AsyncIterator[Target]:
    async with Proxy(place.engine, keeps=lambda path: path.startswith("/view")).running() as url:
        yield Target(url=url)


@plants("pictures-not-drawn")
@asynccontextmanager
async def the_picture_came_out_of_a_cache(place: Place) -> AsyncIterator[Target]:
    def cached(history: Any) -> Any:
        for entry in history.values():
            for type_, data in entry["status"]["messages"]:
                if type_ == "execution_cached":
                    data["nodes"] = list(entry["prompt"][2])
        return history

    async with Proxy(place.engine, change=changed("/history", cached)).running() as url:
        yield Target(url=url)


# --- naming them --------------------------------------------------------------------------------------------


async def looked_at(at: Target, also: tuple[str, ...] = ()) -> Report:
    # How fast it is depends on what else the machine does, and is no fault that was planted.
    claims = [
        each
        for each in CLAIMS
        if (each.profile == "quick" and not each.id.startswith("figures.")) or each.id in also
    ]
    return await verify(at, claims, profile="full")


PLANTED = [
    pytest.param(cause, fault, also, id=f"{cause}:{fault.__name__}")
    for cause, faults in FAULTS.items()
    for fault, also in faults
]


@pytest.mark.parametrize(("cause", "fault", "also"), PLANTED)
async def test_a_planted_fault_is_named_first(
    cause: str, fault: Fault, also: tuple[str, ...], engine_url: str, tmp_path: Path
) -> None:
    async with fault(Place(engine=engine_url, folder=tmp_path)) as at:
        report = await looked_at(at, also)
    causes = diagnose(report)
    failed = [
        f"{each.claim} {each.code}: {each.reason}" for each in report.results if each.verdict == "failed"
    ]
    assert causes, failed
    assert causes[0].id == cause, "\n".join([*(f"{each.id} {each.claims}" for each in causes), *failed])
    assert not report.good


def test_at_least_fifteen_faults_are_planted_each_of_another_kind() -> None:
    assert len(FAULTS) >= 15


async def test_where_nothing_is_broken_no_cause_is_named(engine_url: str) -> None:
    report = await looked_at(Target(url=engine_url))
    assert report.good
    assert diagnose(report) == ()
