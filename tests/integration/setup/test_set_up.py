"""A set-up with a real gateway and engine behind TLS; the containers are a stand-in's."""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

import pytest

from atelier.credentials.store import FOLDER, Store
from atelier.deploy.deployment import checked
from atelier.deploy.making import make
from atelier.deploy.secrets import ADMIN
from atelier.providers.embedded import embedded_engine
from atelier.setup import accounts, containers, report
from atelier.setup.accounts import ACCOUNTS
from atelier.setup.proof import target
from atelier.setup.run import set_up
from atelier.setup.setting import Setting
from atelier.setup.step import Outcome
from atelier.setup.steps import STEPS
from atelier.verify.report import Report, read_report
from tests.integration.gateway.test_service import School, school_at
from tests.integration.verify.certificates import Authority
from tests.integration.verify.proxy import Proxy
from tests.secrets import assert_no_secret
from tests.stand_in_docker import StandInDocker

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the stand-in is a script")

ROOM = shutil._ntuple_diskusage(total=2**42, used=0, free=2**41)


@pytest.fixture(scope="module")
def engine_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with embedded_engine(tmp_path_factory.mktemp("engine")) as engine:
        yield engine.url


@dataclass
class Studio:
    """A machine on which a service can be set up."""

    setting: Setting
    docker: StandInDocker
    school: School
    proxy: Proxy
    told: list[str]

    async def set_up(self, **options: Any) -> dict[str, Outcome]:
        setting, tidy = replace(self.setting, **options.pop("changes", {})), options.pop("tidy", True)
        outcomes = await set_up(
            setting, STEPS, on_step=lambda number, step: None, on_outcome=lambda outcome: None, **options
        )
        if tidy and not options.get("dry_run"):
            assert await accounts.tidied(setting, target(setting).tls()) is None
        return {each.step: each for each in outcomes}

    @property
    def store(self) -> Store:
        return Store.open(self.setting.directory / FOLDER)

    @property
    def report(self) -> Report:
        return read_report(self.setting.directory / "reports/setup.json")

    async def as_admin(self, method: str, path: str, **sent: Any) -> Any:
        async with (
            self.school.as_("admin") as admin,
            admin.request(method, f"/atelier/api{path}", **sent) as answer,
        ):
            assert answer.status == 200
            return await answer.json()

    def files(self) -> dict[str, str]:
        """Return every file with what is in it, but for the locks."""
        return {
            str(each.relative_to(self.setting.directory)): hashlib.sha256(each.read_bytes()).hexdigest()
            for each in sorted(self.setting.directory.rglob("*"))
            if each.is_file() and each.name not in ("lock", ".lock")
        }


def verdicts(outcomes: dict[str, Outcome]) -> dict[str, str]:
    return {name: each.verdict for name, each in outcomes.items()}


@asynccontextmanager
async def studio_at(
    engine_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Studio]:
    docker = StandInDocker(tmp_path)
    monkeypatch.setenv("PATH", docker.path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: ROOM)
    authority = Authority.founded(tmp_path)
    wheel = tmp_path / "comfy_atelier-0-py3-none-any.whl"
    wheel.touch()
    proxies = (IPv4Network("127.0.0.1/32"),)
    async with (
        school_at(engine_url, tmp_path / "service", trusted_proxies=proxies) as school,
        AsyncExitStack() as stack,
    ):
        proxy = Proxy(school.origin, forwards={"X-Forwarded-Proto": "https"})
        url = await stack.enter_async_context(proxy.running(authority.server()))
        docker.says(authority=str(authority.file), now=ago(minutes=1))
        chosen = {
            "device": "cpu",
            "engine": "embedded",
            "address": {"domain": "127.0.0.1", "http_port": 9, "https_port": int(url.rpartition(":")[2])},
            "network": {"door": "198.51.100.0/27", "engines": "198.51.100.32/27"},
        }
        told: list[str] = []
        setting = Setting(
            directory=tmp_path / "studio",
            deployment=checked(chosen, "the test"),
            source=wheel,
            # The figures of all of them would take a minute; tests/acceptance looks at them.
            profile="quick",
            tell=lambda text, /, **_: told.append(text),
            progress=lambda label, value, maximum: None,
        )
        yield Studio(setting, docker, school, proxy, told)


def ago(**time: float) -> str:
    return (datetime.now(UTC) - timedelta(**time)).strftime("%Y-%m-%dT%H:%M:%S.123456789Z")


@pytest.fixture
async def studio(engine_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Studio]:
    async with studio_at(engine_url, tmp_path, monkeypatch) as made:
        # The port is the proxy's, which stands for the containers; its gateway has an admin already.
        for user in ("atelier.setup.prerequisites", "atelier.deploy.life"):
            monkeypatch.setattr(f"{user}.require_free_ports", lambda _: None)
        monkeypatch.setattr("atelier.deploy.secrets.new_gateway_token", lambda: made.school.tokens["admin"])
        yield made


async def test_an_empty_machine_ends_with_a_report_and_a_second_run_changes_nothing(studio: Studio) -> None:
    first = await studio.set_up()
    assert verdicts(first) == {
        "prerequisites": "unchanged",
        "credentials": "done",
        "models": "unchanged",
        "containers": "done",
        "api": "done",
        "picture": "unchanged",
        "report": "done",
    }, [each.told for each in first.values()]
    assert studio.report.good
    claims = {each.claim: each.verdict for each in studio.report.results}
    for claim in ("prerequisites.docker", "draws.text_to_image", "tls.encrypted", "machine.containers"):
        assert claims[claim] == "passed"
    assert len(claims) == len(studio.report.results)

    files, token = studio.files(), studio.store.get("verification-1-token").get_secret_value()
    calls = len(studio.docker.calls)
    second = await studio.set_up()
    assert set(verdicts(second).values()) == {"unchanged"}
    assert studio.files() == files
    assert studio.store.get("verification-1-token").get_secret_value() == token
    assert not any(each.endswith(" build") for each in studio.docker.calls[calls:])


async def test_no_secret_is_told_or_stands_in_a_report_or_in_a_programs_arguments(studio: Studio) -> None:
    await studio.set_up()
    names = studio.store.names()
    assert {ADMIN, *ACCOUNTS.values()} <= set(names)
    secrets = {name: studio.store.get(name).get_secret_value() for name in names}
    said = "\n".join([*studio.told, *studio.docker.calls])
    assert_no_secret(secrets, studio.setting.directory / "reports", said)


async def test_nothing_that_was_drawn_is_left_and_the_two_accounts_are_students(studio: Studio) -> None:
    await studio.set_up()
    roles = {each["name"]: each["role"] for each in await studio.as_admin("GET", "/accounts")}
    jobs = json.dumps(await studio.as_admin("GET", "/jobs?all=true"))
    assert {name: roles[name] for name in ACCOUNTS} == dict.fromkeys(ACCOUNTS, "student")
    assert "verification" not in jobs


async def test_a_dry_run_makes_not_even_the_directory(studio: Studio) -> None:
    outcomes = await studio.set_up(dry_run=True)
    assert set(verdicts(outcomes).values()) == {"unchanged", "planned"}
    assert "verification-1" in outcomes["api"].told
    assert not studio.setting.directory.exists()
    assert not any(("build" in each or " up " in each) for each in studio.docker.calls)


async def test_a_dry_run_of_what_is_set_up_finds_nothing_to_do(studio: Studio) -> None:
    await studio.set_up()
    files = studio.files()
    outcomes = await studio.set_up(dry_run=True)
    assert "nothing to do" in outcomes["credentials"].told
    assert "nothing to do" in outcomes["containers"].told
    assert "nothing to do" in outcomes["report"].told
    assert studio.files() == files


class Fault:
    """Something that is wrong until it is mended."""

    def __init__(self, studio: Studio, step: str) -> None:
        self.studio = studio
        self.step = step
        self.changes: dict[str, Any] = {}
        self._upstream = studio.proxy._upstream
        getattr(self, f"_plant_{step}")()

    def mend(self) -> None:
        self.changes = {}
        self.studio.docker.says(version="20.10.24", fails={})
        self.studio.proxy._upstream, self.studio.proxy._change = self._upstream, None
        reports = self.studio.setting.directory / "reports"
        if reports.is_file():
            reports.unlink()

    def _plant_prerequisites(self) -> None:
        self.studio.docker.says(version="19.03.1")

    def _plant_credentials(self) -> None:
        self.changes = {"source": self.studio.setting.directory.parent / "no-such-wheel"}

    def _plant_containers(self) -> None:
        self.studio.docker.says(fails={" build": "no space left on device"})

    def _plant_api(self) -> None:
        self.studio.proxy._upstream = "http://127.0.0.1:9"

    def _plant_picture(self) -> None:
        self.studio.proxy._change = lambda path, body: b"no picture" if path.endswith("/view") else body

    def _plant_report(self) -> None:
        # A deployment that was made, with a file where the folder of reports goes.
        make(self.studio.setting.directory, self.studio.setting.deployment, source=self.studio.setting.source)
        (self.studio.setting.directory / "reports").touch()


@pytest.mark.parametrize("step", ["prerequisites", "credentials", "containers", "api", "picture", "report"])
async def test_after_a_failure_at_a_step_the_same_command_goes_on_from_there(
    studio: Studio, step: str
) -> None:
    fault = Fault(studio, step)
    broken = await studio.set_up(changes=fault.changes, tidy=False)
    failed = [name for name, each in broken.items() if each.verdict == "failed"]
    assert failed[0] == step, [each.told for each in broken.values()]
    if step in ("prerequisites", "credentials"):
        assert not studio.setting.directory.exists()
    fault.mend()
    mended = await studio.set_up()
    assert set(verdicts(mended).values()) <= {"done", "unchanged"}, [each.told for each in mended.values()]
    # What was done before the failure is not done again.
    steps = list(mended)
    assert {mended[each].verdict for each in steps[: steps.index(step)]} <= {"unchanged"}
    assert studio.report.good


async def test_a_door_that_fails_is_shown_in_the_report_with_its_likely_cause(studio: Studio) -> None:
    await studio.set_up(skip={"report"})
    Fault(studio, "api")
    broken = await studio.set_up(tidy=False)
    assert broken["api"].verdict == broken["report"].verdict == "failed"
    assert "Likely cause" in broken["report"].told
    assert studio.report.of("reach.answers") is not None
    assert studio.report.causes


async def test_a_skipped_step_is_in_the_report_and_the_next_run_makes_it_whole(studio: Studio) -> None:
    outcomes = await studio.set_up(skip={"picture"})
    assert verdicts(outcomes)["picture"] == "skipped"
    skipped = {each.claim for each in studio.report.results if each.verdict == "skipped"}
    assert {"setup.picture", "draws.text_to_image"} <= skipped
    outcomes = await studio.set_up()
    assert verdicts(outcomes)["report"] == "done"
    drawn = studio.report.of("draws.text_to_image")
    assert drawn is not None
    assert drawn.verdict == "passed"


async def test_a_report_of_other_containers_is_made_anew(studio: Studio) -> None:
    await studio.set_up()
    studio.docker.says(up=ago(seconds=-60))
    assert report.holding(studio.setting) is None
    assert len(containers.containers(studio.setting)) == 3


async def test_a_token_that_was_revoked_is_replaced(studio: Studio) -> None:
    await studio.set_up(skip={"picture", "report"})
    before = studio.store.get("verification-2-token").get_secret_value()
    await studio.as_admin("DELETE", "/accounts/verification-2")
    outcomes = await studio.set_up(skip={"picture", "report"})
    assert verdicts(outcomes)["api"] == "done"
    assert studio.store.get("verification-2-token").get_secret_value() != before


async def test_an_account_that_an_admin_switched_off_stays_off(studio: Studio) -> None:
    await studio.set_up(skip={"picture", "report"})
    await studio.as_admin("PATCH", "/accounts/verification-1", json={"disabled": True})
    outcomes = await studio.set_up(skip={"picture", "report"}, tidy=False)
    assert verdicts(outcomes)["api"] == "failed"
    assert "verification-1 is switched off" in outcomes["api"].told
