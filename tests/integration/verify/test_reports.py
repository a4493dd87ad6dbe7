"""Reports of a real run: in every form, with the pictures, and without a secret."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest
from aiohttp import web
from PIL import Image

from atelier.errors import ReportUnreadable, UsageError
from atelier.verify.claims import CLAIMS
from atelier.verify.compare import compare
from atelier.verify.diagnosis.diagnose import diagnosed
from atelier.verify.evidence import Exchange, Figure, Note, PictureSeen
from atelier.verify.metrics import metrics, write_metrics
from atelier.verify.report import Looked, Report, read_report
from atelier.verify.reports import FORMS, write_report
from atelier.verify.result import Result
from atelier.verify.run import verify
from atelier.verify.target import Target
from tests.integration.gateway.test_service import School
from tests.integration.verify.conftest import look, target
from tests.integration.verify.test_planted_faults import HASH, comfyui_login, serving
from tests.secrets import assert_no_secret


async def test_a_report_of_a_gateway_stands_in_every_form_and_holds_no_secret(
    school: School, tmp_path: Path
) -> None:
    report = diagnosed(await look(target(school)))
    # Beside the service, whose own files have secrets.
    tmp_path = tmp_path / "reports"
    for suffix in FORMS:
        write_report(report, tmp_path / f"report{suffix}")
    write_metrics(report, tmp_path / "atelier.prom")
    assert_no_secret(school.tokens, tmp_path, repr(report))
    # What an opened session was given is as secret as the token.
    assert not re.search(r"atelier_session=(?!\[hidden\])", repr(report))

    again = read_report(tmp_path / "report.json")
    assert [each.verdict for each in again.results] == [each.verdict for each in report.results]
    assert again.score == report.score
    assert compare(report, again) == ()

    suite = ElementTree.fromstring((tmp_path / "report.xml").read_text(encoding="utf-8"))
    assert suite.get("tests") == str(len(report.results))
    assert len(suite.findall("testcase/skipped")) == report.counts["skipped"]
    assert len(suite.findall("testcase/failure")) == report.counts["failed"]

    drawn = report.of("draws.text_to_image")
    assert drawn is not None
    [seen] = [each for each in drawn.evidence if isinstance(each, PictureSeen)]
    page = Page((tmp_path / "report.html").read_text(encoding="utf-8"))
    assert page.fetched == []
    assert seen.sha256 in [hashlib.sha256(each).hexdigest() for each in page.pictures]
    assert all(each.text in page.text for each in report.results)
    with Image.open(io.BytesIO(page.pictures[0])) as picture:
        picture.load()

    written = (tmp_path / "report.md").read_text(encoding="utf-8")
    assert all(f"`{each.claim}`" in written for each in report.results)


class Page(HTMLParser):
    """What a browser would make of a page: its text, its pictures, and what it would fetch."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = ""
        self.pictures: list[bytes] = []
        self.fetched: list[str] = []
        self.tags: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        for name, value in attrs:
            if name in ("src", "href") and value:
                head, _, data = value.partition("base64,")
                if head.startswith("data:image/"):
                    self.pictures.append(base64.b64decode(data))
                else:
                    self.fetched.append(value)

    def handle_data(self, data: str) -> None:
        self.text += data


async def test_secrets_that_a_server_repeats_do_not_reach_a_report(tmp_path: Path) -> None:
    """A server that answers with what it was sent, and with its own secrets."""

    async def blab(request: web.Request) -> web.Response:
        sent = request.headers.get("Authorization", "")
        return web.json_response(
            {"sent": sent, "padding": "x" * 255, "again": sent, "own": HASH, "ticket": "tckt-12345678"},
            status=403,
            headers={"Location": f"/login?token={HASH}", "Set-Cookie": f"AIOHTTP_SESSION={HASH}"},
        )

    secrets = {"token": "a-token/with+signs=" + "k" * 30, "second": "atl_" + "s" * 43, "its own": HASH}
    async with serving(blab) as url:
        at = Target(url=url, token=secrets["token"], second_token=secrets["second"], kind="gateway")
        report = diagnosed(await verify(at, CLAIMS, profile="full"))
    for suffix in FORMS:
        write_report(report, tmp_path / f"report{suffix}")
    assert report.counts["failed"] > 10
    assert_no_secret(secrets, tmp_path, repr(report))
    assert "tckt-12345678" not in repr(report)


async def test_comfyui_login_is_proved_but_for_the_hole_that_it_has(engine_url: str) -> None:
    async with comfyui_login(engine_url, HASH) as url:
        report = await look(Target(url=url, token=HASH, device="cpu"))
    failed = {each.claim for each in report.results if each.verdict == "failed"}
    assert report.target.kind == "comfyui-login"
    assert failed - {each for each in failed if each.startswith("figures.")} == {"door.nothing-by-ending"}
    for claim in ("door.refuses-strangers", "door.refuses-wrong-tokens", "door.takes-the-token"):
        found = report.of(claim)
        assert found is not None
        assert found.verdict == "passed"
    skipped = report.of("door.signs-in")
    assert skipped is not None
    assert "ComfyUI-Login" in skipped.reason
    # The stand-in refuses the page for its missing token, as a stranger's.
    foreign = report.of("door.refuses-foreign-pages")
    assert foreign is not None
    assert foreign.verdict == "skipped"


# --- made by hand: what real runs seldom bring --------------------------------------------------------------


def made(*results: Result) -> Report:
    return Report(
        target=Looked(
            url="http://x", kind="gateway", profile="quick", token=True, second_token=False, version="0"
        ),
        began="2026-11-21T06:00:00+00:00",
        seconds=1.5,
        results=results,
    )


def passed(claim: str, **figures: float) -> Result:
    return Result(
        claim=claim,
        text="It holds.",
        verdict="passed",
        seconds=0.1,
        evidence=(
            Note(text="seen"),
            *(Figure(name=name, value=value, unit="s") for name, value in figures.items()),
        ),
    )


def failed(claim: str, text: str = "It does not.") -> Result:
    return Result(
        claim=claim,
        text="It holds.",
        verdict="failed",
        reason=text,
        remedy="Mend it.",
        code="job",
        seconds=0.1,
        evidence=(Exchange(request="GET http://x", seconds=0.0, status=500, excerpt=text),),
    )


HOSTILE = "</script><script>alert(1)</script> | `x` [a](javascript:b) \x00\x1b[31m ]]> & <!--"


@pytest.mark.parametrize("suffix", FORMS)
def test_what_a_server_answers_is_text_in_every_form(suffix: str, tmp_path: Path) -> None:
    write_report(made(failed("a.b", HOSTILE)), tmp_path / f"report{suffix}")
    text = (tmp_path / f"report{suffix}").read_text(encoding="utf-8")
    match suffix:
        case ".html":
            assert "script" not in Page(text).tags
        case ".xml":
            assert ElementTree.fromstring(text).find("testcase/failure") is not None
        case ".json":
            assert json.loads(text)["results"][0]["reason"] == HOSTILE
        case ".md":
            assert "<script>" not in text
            row = next(line for line in text.splitlines() if line.startswith("| failed"))
            assert len(re.findall(r"(?<!\\)\|", row)) == 5


def test_a_comparison_names_what_broke_first_and_figures_that_moved() -> None:
    before = made(passed("a"), failed("b"), passed("c", time=0.1), passed("d", time=0.3), passed("gone"))
    after = made(failed("a"), passed("b"), passed("c", time=0.11), passed("d", time=0.9), passed("new"))
    assert [(each.claim, each.change) for each in compare(before, after)] == [
        ("a", "broke"),
        ("b", "mended"),
        ("d", "slower"),
        ("gone", "gone"),
        ("new", "new"),
    ]


def test_a_comparison_tells_what_the_server_is_now_and_counts_a_new_failure_as_broken() -> None:
    def versions(text: str) -> Result:
        return passed("server.versions").model_copy(update={"evidence": (Note(text=text),)})

    before = made(versions("ComfyUI 0.3.64"), passed("same"))
    after = made(versions("ComfyUI 0.3.65"), passed("same"), failed("never looked at before"))
    found = compare(before, after)
    assert [(each.claim, each.change) for each in found] == [
        ("never looked at before", "broke"),
        ("server.versions", "changed"),
    ]
    assert (found[1].before, found[1].after) == ("ComfyUI 0.3.64", "ComfyUI 0.3.65")


def test_figures_for_prometheus_name_each_claim_that_was_looked_at() -> None:
    text = metrics(made(passed("a.b"), failed("c.d")))
    assert 'atelier_verify_claim_holds{target="http://x",profile="quick",claim="a.b"} 1' in text
    assert 'atelier_verify_claim_holds{target="http://x",profile="quick",claim="c.d"} 0' in text
    assert 'atelier_verify_score{target="http://x",profile="quick"} 0.5' in text
    assert re.search(r"atelier_verify_timestamp_seconds\{.*\} 1795240800\n", text)
    for line in text.splitlines():
        assert re.fullmatch(r"# (HELP|TYPE) .*|[a-z_]+\{[^}]*\} [0-9.e+-]+", line), line


@pytest.fixture(
    params=["", "[]", "{}", '{"schema_version": 2}', '{"schema_version": 1, "results": 3}', "\x00"]
)
def unreadable(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / "report.json"
    path.write_text(request.param, encoding="utf-8")
    return path


def test_what_is_no_report_is_refused_in_one_sentence(unreadable: Path) -> None:
    with pytest.raises(ReportUnreadable, match="is no report of schema 1"):
        read_report(unreadable)


def test_a_report_under_an_unknown_suffix_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"\.json, \.md, \.html, \.xml"):
        write_report(made(passed("a")), tmp_path / "report.pdf")
