"""A deployment in real containers: built, started, used over HTTPS, broken, saved and restored."""

from __future__ import annotations

import json
import os
import secrets
import socket
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from atelier.credentials.store import Store
from tests.secrets import assert_no_secret

pytestmark = pytest.mark.docker

#: Seconds for one command; building the images is the longest.
DEADLINE = 1800


class Deployment:
    """A deployment's directory, and the command line for it."""

    def __init__(self, directory: Path, name: str) -> None:
        self.directory = directory
        self.name = name
        self.url = ""
        self.http_port = 0

    def run(self, *arguments: object, environment: Mapping[str, str] | None = None) -> dict[str, Any]:
        """Run a command that must succeed; return the last thing that it tells."""
        done = run(*arguments, environment=environment)
        assert done.returncode == 0, done.stdout + done.stderr
        return dict(json.loads(done.stdout.splitlines()[-1]))

    def deploy(self, command: str, *arguments: object) -> dict[str, Any]:
        return self.run("deploy", command, *arguments, "--directory", self.directory)

    def token(self, name: str) -> str:
        return Store.open(self.directory / ".secrets").get(name).get_secret_value()

    def as_whom(self, token: str) -> dict[str, str]:
        """Return the variables with which somebody uses the service as they would from elsewhere."""
        return {
            "ATELIER_SERVER": self.url,
            "ATELIER_TOKEN": token,
            "SSL_CERT_FILE": str(self.directory / "proxy/ca.crt"),
        }

    @property
    def admin(self) -> dict[str, str]:
        return self.as_whom(self.token("admin-token"))

    def container(self, service: str) -> str:
        found = docker(
            "ps",
            "--quiet",
            "--filter",
            f"label=com.docker.compose.project={self.name}",
            "--filter",
            f"label=com.docker.compose.service={service}",
        )
        return found.strip()

    def get(self, path: str, token: str | None = None) -> tuple[int, bytes]:
        """Return status and content of what is under a path, over HTTPS with the authority alone."""
        trust = ssl.create_default_context(cafile=str(self.directory / "proxy/ca.crt"))
        request = urllib.request.Request(self.url + path)
        if token is not None:
            request.add_header("Authorization", f"Bearer {token}")
        try:
            with urllib.request.urlopen(request, timeout=30, context=trust) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read()


def run(*arguments: object, environment: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    kept = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("ATELIER_SERVER", "ATELIER_TOKEN"))
    }
    return subprocess.run(
        [sys.executable, "-m", "atelier", *map(str, arguments), "--json"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=DEADLINE,
        env={**kept, **(environment or {})},
        check=False,
    )


def docker(*arguments: str) -> str:
    done = subprocess.run(
        ["docker", *arguments], capture_output=True, text=True, timeout=DEADLINE, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def free_ports(count: int) -> list[int]:
    with_sockets = [socket.socket() for _ in range(count)]
    try:
        for each in with_sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in with_sockets]
    finally:
        for each in with_sockets:
            each.close()


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """A running deployment of the CPU profile; removed with all that it made."""
    directory = tmp_path_factory.mktemp("deployments") / "studio"
    made = Deployment(directory, f"atelier-test-{secrets.token_hex(3)}")
    http, https = free_ports(2)
    told = made.run(
        "deploy", "init", directory, "--cpu", "--name", made.name, "--http-port", http, "--https-port", https
    )
    made.url, made.http_port = told["url"], http
    try:
        made.deploy("up")
        yield made
    finally:
        remove(made.name)


def remove(name: str) -> None:
    """Remove what a deployment has in Docker, however it ended."""
    of = f"label=com.docker.compose.project={name}"
    for kind, listing in (
        ("rm", ["ps", "--all"]),
        ("network rm", ["network", "ls"]),
        ("volume rm", ["volume", "ls"]),
    ):
        found = docker(*listing, "--quiet", "--filter", of).split()
        if found:
            docker(*kind.split(), *(["--force"] if kind != "network rm" else []), *found)
    for image in docker("images", "--format", "{{.Repository}}:{{.Tag}}").split():
        if image.startswith(f"{name}-"):
            docker("rmi", "--force", image)


@pytest.fixture(scope="module")
def student(deployment: Deployment) -> dict[str, str]:
    """The variables of a student whom the admin has added."""
    deployment.run("users", "add", "Zoë Müller", environment=deployment.admin)
    issued = deployment.run("tokens", "issue", "Zoë Müller", environment=deployment.admin)
    return deployment.as_whom(issued["token"])


@pytest.fixture(scope="module")
def picture(
    deployment: Deployment, student: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, bytes]:
    """A picture that the student drew through the proxy: its address on the service, and its content."""
    out = tmp_path_factory.mktemp("pictures")
    told = run("generate", "green hills", "--seed", 3, "--steps", 4, "--out", out, environment=student)
    assert told.returncode == 0, told.stdout + told.stderr
    [file] = out.glob("*.png")
    status, content = deployment.get("/history", student["ATELIER_TOKEN"])
    assert status == 200
    [entry] = json.loads(content).values()
    [image] = [image for output in entry["outputs"].values() for image in output["images"]]
    query = urllib.parse.urlencode({key: image[key] for key in ("filename", "subfolder", "type")})
    return f"/view?{query}", file.read_bytes()


def assert_kept(deployment: Deployment, student: Mapping[str, str], picture: tuple[str, bytes]) -> None:
    """The student's token lets in, and the picture has the bytes that it had."""
    path, content = picture
    assert deployment.get(path, student["ATELIER_TOKEN"]) == (200, content)


def test_a_student_draws_over_https_and_trusts_the_proxys_own_authority(
    deployment: Deployment, student: dict[str, str], picture: tuple[str, bytes]
) -> None:
    assert_kept(deployment, student, picture)
    with Image.open(BytesIO(picture[1])) as image:
        assert image.size == (128, 128)
        colors = image.convert("RGB").getcolors(image.width * image.height)
        assert colors is not None
        assert len(colors) > 1000


def test_nobody_gets_in_without_a_token(deployment: Deployment, student: dict[str, str]) -> None:
    assert deployment.get("/system_stats")[0] == 401
    assert deployment.get("/system_stats", "atl_wrong")[0] == 401
    assert deployment.get("/system_stats", student["ATELIER_TOKEN"])[0] == 200


def test_http_only_leads_to_https(deployment: Deployment) -> None:
    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_: object) -> None:
            return None

    plain = f"http://localhost:{deployment.http_port}/prompt?x=1"
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.build_opener(Stay).open(plain, timeout=30)
    refused.value.close()
    assert refused.value.code == 308
    assert refused.value.headers["Location"] == f"{deployment.url}/prompt?x=1"


def test_only_the_gateway_reaches_the_engine(deployment: Deployment) -> None:
    from_gateway = "import urllib.request as u; u.urlopen('http://engine:8188/queue', timeout=5)"
    docker("exec", deployment.container("gateway"), "python", "-c", from_gateway)
    settings = json.loads(docker("inspect", deployment.container("engine")))[0]["NetworkSettings"]
    [network] = settings["Networks"].values()
    address = network["IPAddress"]
    from_proxy = ["docker", "exec", deployment.container("proxy"), "curl", "--max-time", "3", "--silent"]
    done = subprocess.run([*from_proxy, f"http://{address}:8188/queue"], capture_output=True, check=False)
    assert done.returncode in (7, 28)
    assert not docker("port", deployment.container("engine")).strip()
    assert not docker("port", deployment.container("gateway")).strip()


@pytest.mark.parametrize("service", ["gateway", "engine", "proxy"])
def test_no_container_is_root_or_can_change_its_image(deployment: Deployment, service: str) -> None:
    container = deployment.container(service)
    assert docker("exec", container, "id", "-u").strip() != "0"
    found = json.loads(docker("inspect", container))[0]["HostConfig"]
    assert found["ReadonlyRootfs"] is True
    assert found["CapDrop"] == ["ALL"]
    assert found["Privileged"] is False


def test_no_secret_is_in_an_image_a_log_or_what_docker_tells_of_a_container(
    deployment: Deployment, student: dict[str, str], tmp_path: Path
) -> None:
    in_use = {"admin-token": deployment.token("admin-token"), "the student's token": student["ATELIER_TOKEN"]}
    images = set()
    for service in ("gateway", "engine", "proxy"):
        container = deployment.container(service)
        images.add(json.loads(docker("inspect", container))[0]["Config"]["Image"])
        logs = subprocess.run(["docker", "logs", container], capture_output=True, check=True)
        assert_no_secret(in_use, docker("inspect", container), logs.stdout, logs.stderr)
    saved = tmp_path / "images.tar"
    docker("save", "--output", str(saved), *images)
    assert_no_secret(in_use, saved)
    committed = [each for each in deployment.directory.rglob("*") if ".secrets" not in each.parts]
    assert_no_secret(in_use, *(each for each in committed if each.is_file()))


@pytest.mark.parametrize("service", ["gateway", "engine", "proxy"])
def test_a_container_that_is_restarted_keeps_everything(
    deployment: Deployment, student: dict[str, str], picture: tuple[str, bytes], service: str
) -> None:
    deployment.deploy("restart", service)
    assert_kept(deployment, student, picture)


@pytest.mark.parametrize(
    ("service", "process"),
    [("gateway", "atelier serve"), ("engine", "atelier engine"), ("proxy", "caddy run")],
)
def test_a_killed_process_comes_back_and_nothing_is_lost(
    deployment: Deployment, student: dict[str, str], picture: tuple[str, bytes], service: str, process: str
) -> None:
    container = deployment.container(service)
    before = json.loads(docker("inspect", container))[0]["RestartCount"]
    docker("exec", container, "sh", "-c", KILL, "sh", process)
    wait_for(lambda: json.loads(docker("inspect", container))[0]["RestartCount"] > before)
    deployment.deploy("up")
    assert_kept(deployment, student, picture)


#: Kills, with no chance to tidy up, what was started with a command line that contains the first argument.
KILL = """
for folder in /proc/[0-9]*; do
    pid=${folder#/proc/}
    if [ "$pid" != 1 ] && [ "$pid" != "$$" ] && tr '\\0' ' ' < "$folder/cmdline" | grep -q "$1"; then
        kill -9 "$pid"
    fi
done
true
"""


def wait_for(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < until, "it did not happen within two minutes"
        time.sleep(0.5)


def test_a_job_that_its_engine_loses_to_a_kill_is_drawn_all_the_same(
    deployment: Deployment, student: dict[str, str], tmp_path: Path
) -> None:
    drawing = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "atelier",
            "generate",
            "the sea",
            "--steps",
            "60",
            "--out",
            tmp_path,
            "--json",
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, **student},
    )
    assert drawing.stdout is not None
    for line in drawing.stdout:
        if json.loads(line)["event"] == "progress":
            break
    docker("exec", deployment.container("engine"), "sh", "-c", KILL, "sh", "atelier engine")
    said, _ = drawing.communicate(timeout=300)
    assert drawing.returncode == 0, said
    assert len(list(tmp_path.glob("*.png"))) == 1


def test_a_deployment_that_was_taken_down_comes_up_with_everything(
    deployment: Deployment, student: dict[str, str], picture: tuple[str, bytes]
) -> None:
    deployment.deploy("down")
    assert not deployment.container("gateway")
    deployment.deploy("up")
    assert_kept(deployment, student, picture)


def test_an_update_takes_over_a_changed_choice_and_keeps_everything(
    deployment: Deployment, student: dict[str, str], picture: tuple[str, bytes]
) -> None:
    file = deployment.directory / "deployment.toml"
    [port] = free_ports(1)
    chosen = file.read_text().replace(f"http_port = {deployment.http_port}", f"http_port = {port}")
    file.write_text(chosen)
    told = deployment.deploy("update")
    assert {"compose.yaml"} <= set(told["changed"])
    deployment.http_port = port
    test_http_only_leads_to_https(deployment)
    assert_kept(deployment, student, picture)


def test_an_update_that_does_not_come_up_goes_back_to_what_ran_before(
    deployment: Deployment, student: dict[str, str], picture: tuple[str, bytes]
) -> None:
    dockerfile = deployment.directory / "gateway/Dockerfile"
    image = json.loads(docker("inspect", deployment.container("gateway")))[0]["Config"]["Image"]
    as_it_was = dockerfile.read_text()
    dockerfile.write_text(as_it_was + 'CMD ["serve", "--no-such-option"]\n')
    refused = run("deploy", "update", "--directory", deployment.directory)
    assert refused.returncode == 13
    assert json.loads(refused.stdout.splitlines()[-1])["kind"] == "RolledBack"
    assert "--no-such-option" in refused.stdout
    again = json.loads(docker("inspect", deployment.container("gateway")))[0]["Config"]["Image"]
    assert again == image
    assert_kept(deployment, student, picture)
    assert deployment.deploy("status")["edited"] == ["gateway/Dockerfile"]
    dockerfile.write_text(as_it_was)


def test_a_backup_made_while_it_runs_brings_everything_back_elsewhere(
    deployment: Deployment, student: dict[str, str], picture: tuple[str, bytes], tmp_path: Path
) -> None:
    passphrase = {"ATELIER_BACKUP_PASSPHRASE": "correct horse battery staple"}
    archive = tmp_path / "studio.tar.gz"
    where = ("--directory", deployment.directory)
    deployment.run("deploy", "backup", "--out", archive, *where, environment=passphrase)
    assert_no_secret({"admin": deployment.token("admin-token")}, archive)
    authority = (deployment.directory / "proxy/ca.crt").read_bytes()
    jobs = deployment.run("jobs", "list", "--all", environment=deployment.admin)["jobs"]
    assert jobs

    refused = run("deploy", "restore", archive, *where, "--yes", environment=passphrase)
    assert refused.returncode == 13
    assert "runs here" in refused.stdout
    deployment.deploy("down")
    damaged = tmp_path / "damaged.tar.gz"
    content = bytearray(archive.read_bytes())
    content[len(content) // 2] ^= 1
    damaged.write_bytes(content)
    for wrong, words in (
        (damaged, passphrase),
        (archive, {"ATELIER_BACKUP_PASSPHRASE": "a wrong passphrase"}),
    ):
        refused = run("deploy", "restore", wrong, *where, "--yes", environment=words)
        assert refused.returncode == 13
        assert (deployment.directory / ".secrets/store.json").exists()

    deployment.deploy("clean", "--data", "--yes")
    assert not docker("volume", "ls", "--quiet", "--filter", f"name={deployment.name}").strip()
    elsewhere = tmp_path / "elsewhere"
    deployment.run("deploy", "restore", archive, "--directory", elsewhere, environment=passphrase)
    deployment.directory = elsewhere
    deployment.deploy("up")
    assert (elsewhere / "proxy/ca.crt").read_bytes() == authority
    assert_kept(deployment, {**student, "SSL_CERT_FILE": str(elsewhere / "proxy/ca.crt")}, picture)
    assert deployment.run("jobs", "list", "--all", environment=deployment.admin)["jobs"] == jobs
