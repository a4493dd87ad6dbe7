"""What the machine lacks is named, with what was found and how to mend it; every fault is planted."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from atelier.deploy.deployment import checked
from atelier.deploy.making import make
from atelier.setup import prerequisites
from atelier.setup.prerequisites import PREREQUISITES
from atelier.setup.setting import Setting
from atelier.setup.step import StepEnded
from atelier.verify.result import Result
from tests.stand_in_docker import StandInDocker

GPU = "GPU-8d7f2a4e-1c3b-5d6f-9a0b-1234567890ab"
#: In the forms that nvidia-smi prints; written by hand, for no GPU was there.
QUERIED = f"0, {GPU}, NVIDIA H200, 00000000:19:00.0, 143771, 1, 570.124.06, 9.0\n"
HEADER = "| NVIDIA-SMI 570.124.06    Driver Version: 570.124.06    CUDA Version: {cuda}     |\n"
#: Not the whole of the base images and wheels: enough for no test to depend on this machine's disk.
ROOM = shutil._ntuple_diskusage(total=2**42, used=0, free=2**41)


def free_ports() -> tuple[int, int]:
    with socket.socket() as one, socket.socket() as other:
        one.bind(("127.0.0.1", 0))
        other.bind(("127.0.0.1", 0))
        return one.getsockname()[1], other.getsockname()[1]


@pytest.fixture
def setting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Setting]:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: ROOM)
    http, https = free_ports()

    def made(**chosen: Any) -> Setting:
        document = {
            "device": "cpu",
            "engine": "embedded",
            "address": {"http_port": http, "https_port": https},
            # Of no network that a test's machine may have.
            "network": {"door": "198.51.100.0/27", "engines": "198.51.100.32/27"},
            **chosen,
        }
        return Setting(
            directory=tmp_path / "studio",
            deployment=checked(document, "the test"),
            tell=lambda text, /, **_: None,
            progress=lambda label, value, maximum: None,
        )

    return made


def with_gpus(setting: Callable[..., Setting], **chosen: Any) -> Setting:
    return setting(device="gpu", engine="comfyui", gpus=[GPU], **chosen)


def found(setting: Setting) -> dict[str, Result]:
    return {each.name: each.result(setting) for each in PREREQUISITES}


def failed(setting: Setting) -> Result:
    """Return the only prerequisite that is lacking."""
    [result] = [each for each in found(setting).values() if each.verdict == "failed"]
    return result


async def test_a_machine_that_has_everything_passes_with_what_was_found(
    docker: StandInDocker, setting: Callable[..., Setting]
) -> None:
    done = await prerequisites.carry_out(setting(), ())
    assert not done.changed
    verdicts = {each.claim.partition(".")[2]: each.verdict for each in done.results}
    assert {name for name, verdict in verdicts.items() if verdict == "skipped"} == {"driver", "toolkit"}
    assert set(verdicts.values()) == {"passed", "skipped"}
    told = {each.claim: str(each.evidence) for each in done.results}
    assert "Docker 20.10.24" in told["prerequisites.docker"]
    assert "1.29.2" in told["prerequisites.compose"]
    assert not (setting().directory).exists()


async def test_everything_is_looked_at_also_after_something_is_lacking(
    docker: StandInDocker, setting: Callable[..., Setting]
) -> None:
    docker.says(version="19.03.1", compose="1.25.0")
    with pytest.raises(StepEnded, match="2 of 10") as ended:
        await prerequisites.carry_out(setting(), ())
    assert len(ended.value.results) == len(PREREQUISITES)
    assert "19.03.1; 20.10 or later" in str(ended.value)
    assert "1.25.0; 1.29 or later" in str(ended.value)


def test_docker_that_is_not_installed_is_named_with_how_to_install_it(
    docker: StandInDocker, setting: Callable[..., Setting], monkeypatch: pytest.MonkeyPatch
) -> None:
    docker.remove("docker")
    monkeypatch.setenv("PATH", str(docker.folder))
    results = found(setting())
    assert results["docker"].verdict == "failed"
    assert "apt install docker.io" in results["docker"].remedy
    # What only Docker could tell is not passed for want of an answer.
    assert [results[each].verdict for each in ("name", "subnets", "disk")] == ["skipped"] * 3


@pytest.mark.parametrize(
    ("said", "fix"),
    [
        ("Cannot connect to the Docker daemon at unix:///var/run/docker.sock.", "systemctl enable --now"),
        ("permission denied while trying to connect to the Docker daemon socket", "usermod -aG docker"),
    ],
)
def test_a_docker_that_does_not_answer_is_named_with_its_own_fix(
    docker: StandInDocker, setting: Callable[..., Setting], said: str, fix: str
) -> None:
    docker.says(
        fails={"docker version": said, "docker ps": said, "docker network": said, "docker info": said}
    )
    result = failed(setting())
    assert said in result.reason
    assert fix in result.remedy


def test_a_missing_compose_is_named(
    docker: StandInDocker, setting: Callable[..., Setting], monkeypatch: pytest.MonkeyPatch
) -> None:
    docker.remove("docker-compose")
    monkeypatch.setenv("PATH", str(docker.folder))
    result = failed(setting())
    assert result.claim == "prerequisites.compose"
    assert "docker-compose" in result.remedy


def test_a_port_on_which_somebody_listens_is_named(
    docker: StandInDocker, setting: Callable[..., Setting]
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = failed(
            setting(address={"http_port": setting().deployment.address.http_port, "https_port": port})
        )
    assert f"Port {port}" in result.reason
    assert "--https-port" in result.remedy


def test_ports_that_the_deployments_own_containers_hold_are_no_hindrance(
    docker: StandInDocker, setting: Callable[..., Setting]
) -> None:
    docker.says(up="2027-02-01T03:00:00Z")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", setting().deployment.address.https_port))
        taken.listen()
        assert found(setting())["ports"].verdict == "passed"


def test_a_subnet_that_docker_uses_is_named_with_its_user(
    docker: StandInDocker, setting: Callable[..., Setting]
) -> None:
    theirs = {"Id": "0123456789abcdef", "Name": "theirs", "IPAM": {"Config": [{"Subnet": "198.51.100.0/24"}]}}
    docker.says(networks=[theirs])
    result = failed(setting())
    assert (result.claim, result.code) == ("prerequisites.subnets", "subnet")
    assert "theirs" in result.reason


def test_another_deployment_of_the_same_name_is_named_by_its_directory(
    docker: StandInDocker, setting: Callable[..., Setting]
) -> None:
    docker.says(working_dirs=[str(setting().directory)])
    assert found(setting())["name"].verdict == "passed"
    docker.says(working_dirs=["/srv/other"])
    result = failed(setting())
    assert "/srv/other" in result.reason
    assert "--name" in result.remedy


def test_a_directory_with_something_else_in_it_is_left_alone(
    docker: StandInDocker, setting: Callable[..., Setting]
) -> None:
    setting().directory.mkdir()
    (setting().directory / "thesis.txt").write_text("years of work")
    assert failed(setting()).claim == "prerequisites.directory"


def test_a_full_disk_is_named_with_what_is_needed(
    docker: StandInDocker, setting: Callable[..., Setting], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: ROOM._replace(free=3 * 2**30))
    result = failed(setting())
    assert result.code == "disk"
    assert "3.0 GiB free, 4.0 needed" in result.reason
    assert "1.0 GiB" in result.remedy


def test_the_models_that_were_chosen_count_for_the_disk(
    docker: StandInDocker, setting: Callable[..., Setting], monkeypatch: pytest.MonkeyPatch
) -> None:
    small = ROOM._replace(free=10 * 2**30)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: small)
    assert found(setting(engine="comfyui"))["disk"].verdict == "passed"
    chosen = setting(engine="comfyui", model_sets=["qwen-image-edit-2509"])
    assert failed(chosen).code == "disk"
    # What nobody knows the size of is not passed over in silence.
    monkeypatch.setattr(shutil, "disk_usage", lambda _: ROOM)
    assert "Not counted" in str(found(chosen)["disk"].evidence)


def test_images_that_are_there_need_no_room(
    docker: StandInDocker,
    setting: Callable[..., Setting],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    wheel = tmp_path / "comfy_atelier-0-py3-none-any.whl"
    wheel.touch()
    make(setting().directory, setting().deployment, source=wheel)
    docker.says(built=True)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: ROOM._replace(free=3 * 2**30))
    assert found(setting())["disk"].verdict == "passed"


class TestGpus:
    """Answers of nvidia-smi, written by hand."""

    @pytest.fixture(autouse=True)
    def driver(self, docker: StandInDocker) -> None:
        docker.install("nvidia-smi")
        docker.says(gpus=QUERIED, driver=HEADER.format(cuda="12.8"), runtimes={"runc": {}, "nvidia": {}})

    def test_driver_and_toolkit_are_told(self, setting: Callable[..., Setting]) -> None:
        results = found(with_gpus(setting))
        assert "570.124.06" in str(results["driver"].evidence)
        assert results["toolkit"].verdict == "passed"

    def test_a_missing_driver_is_named(
        self, docker: StandInDocker, setting: Callable[..., Setting], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        docker.remove("nvidia-smi")
        monkeypatch.setenv("PATH", str(docker.folder))
        result = failed(with_gpus(setting))
        assert (result.claim, result.code) == ("prerequisites.driver", "driver")
        assert "--cpu" in result.remedy

    def test_a_driver_that_is_too_old_for_torch_is_named_with_both_versions(
        self, docker: StandInDocker, setting: Callable[..., Setting]
    ) -> None:
        docker.says(driver=HEADER.format(cuda="11.8"))
        result = failed(with_gpus(setting))
        assert result.code == "driver"
        assert "11.8" in result.reason
        assert "12.8" in result.reason

    def test_a_gpu_that_was_chosen_and_is_gone_is_named(
        self, docker: StandInDocker, setting: Callable[..., Setting]
    ) -> None:
        docker.says(gpus=QUERIED.replace(GPU, "GPU-ffffffff-1c3b-5d6f-9a0b-1234567890ab"))
        result = failed(with_gpus(setting))
        assert GPU in result.reason

    def test_a_missing_container_toolkit_is_named(
        self, docker: StandInDocker, setting: Callable[..., Setting]
    ) -> None:
        docker.says(runtimes={"runc": {}})
        result = failed(with_gpus(setting))
        assert result.claim == "prerequisites.toolkit"
        assert "nvidia-container-toolkit" in result.remedy
