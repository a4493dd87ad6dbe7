"""Servers that work: every claim that says something of them holds, and has evidence."""

from __future__ import annotations

import re

import pytest
from aiohttp import web

from atelier.verify.claims import CLAIMS
from atelier.verify.evidence import Exchange, Figure, PictureSeen
from atelier.verify.report import Report
from atelier.verify.target import Target
from tests.integration.gateway.test_service import School
from tests.integration.verify.conftest import look, target, verdicts
from tests.integration.verify.test_planted_faults import serving


def why(report: Report) -> list[str]:
    return [f"{each.claim}: {each.reason}" for each in report.results if each.verdict == "failed"]


async def test_of_an_embedded_engine_every_claim_holds_that_says_something_of_it(engine_url: str) -> None:
    report = await look(Target(url=engine_url), "full")
    assert report.target.kind == "embedded"
    assert "failed" not in verdicts(report).values(), why(report)
    assert {each for each, verdict in verdicts(report).items() if verdict == "passed"} >= {
        "reach.answers",
        "socket.opens",
        "files.come-back-unchanged",
        "models.complete",
        "draws.text_to_image",
        "draws.outpaint",
        "draws.by-seed",
        "socket.tells-a-job",
    }
    door = report.of("door.refuses-strangers")
    assert door is not None
    assert "asks for no token" in door.reason


async def test_of_a_gateway_every_claim_holds_that_says_something_of_it(school: School) -> None:
    report = await look(target(school), "full")
    assert report.target.kind == "gateway"
    assert "failed" not in verdicts(report).values(), why(report)
    skipped = {each for each, verdict in verdicts(report).items() if verdict == "skipped"}
    assert skipped <= {
        "tls.certificate",
        "tls.encrypted",
        "door.refuses-foreign-pages",
        "server.device",
        "server.graphics-memory",
        "draws.after-a-restart",
        *(each for each in skipped if each.startswith("machine.")),
    }


async def test_what_passed_has_evidence_of_what_was_really_asked(school: School) -> None:
    report = await look(target(school))
    for each in report.results:
        assert each.verdict == "skipped" or each.evidence, each.claim
        for exchange in each.evidence:
            if isinstance(exchange, Exchange):
                assert exchange.status is not None
                assert re.fullmatch(r"127\.0\.0\.1:\d+", exchange.address), exchange.request
    drawn = report.of("draws.text_to_image")
    assert drawn is not None
    [picture] = [each for each in drawn.evidence if isinstance(each, PictureSeen)]
    assert (picture.width, picture.height) == (128, 128)
    assert len(picture.sha256) == 64


async def test_figures_are_measured_and_judged_by_the_limits_that_stand_in_the_claim(engine_url: str) -> None:
    report = await look(Target(url=engine_url), only="figures.")
    for each in report.results:
        if each.verdict == "skipped":
            continue
        [figure] = [found for found in each.evidence if isinstance(found, Figure)]
        assert figure.limit is not None
        assert (each.verdict == "passed") == (figure.value <= figure.limit)
        assert each.verdict == "passed" or each.code == "slow"


async def test_the_token_of_an_admin_empties_the_cache_and_the_picture_is_drawn_anew(school: School) -> None:
    report = await look(target(school, "admin"), "full", only="draws.by-seed")
    [result] = report.results
    assert result.verdict == "passed", result.reason
    assert "The cache was emptied." in str(result.evidence)


def test_no_two_claims_have_one_id_and_each_is_one_sentence() -> None:
    assert len({each.id for each in CLAIMS}) == len(CLAIMS)
    for each in CLAIMS:
        assert re.fullmatch(r"[a-z]+\.[a-z_-]+", each.id)
        assert each.text.endswith(".")
        assert each.deadline(0) <= 60


async def test_of_a_token_that_is_not_taken_nothing_is_proved_but_what_needs_none(school: School) -> None:
    report = await look(target(school, token="atl_" + "9" * 43))
    found = verdicts(report)
    assert found["door.nothing-of-the-host"] == "failed"
    codes = {each.claim: each.code for each in report.results if each.verdict == "failed"}
    assert set(codes.values()) == {"token-refused"}, codes
    assert {each for each, verdict in found.items() if verdict == "passed"} == {
        "reach.answers",
        "reach.own-address",
        "reach.clock",
        "door.refuses-strangers",
        "door.refuses-wrong-tokens",
        "door.nothing-by-ending",
        "socket.refuses-strangers",
        "server.engines-up",
        "server.every-engine-up",
    }


async def test_a_greeting_is_heard_though_others_queue_at_the_same_moment() -> None:
    async def greet(request: web.Request) -> web.StreamResponse:
        if request.path != "/ws":
            return web.json_response({})
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        queue = {"exec_info": {"queue_remaining": 1}}
        await socket.send_json({"type": "status", "data": {"status": queue, "sid": "f3"}})
        await socket.send_json({"type": "status", "data": {"status": queue}})
        await socket.send_bytes(b"\x00\x00\x00\x01 a preview")
        await socket.receive()
        await socket.send_json({"type": "feature_flags", "data": {}})
        await socket.receive()
        return socket

    async with serving(greet) as url:
        report = await look(Target(url=url), only="socket.opens")
    assert verdicts(report) == {"socket.opens": "passed"}, why(report)


@pytest.mark.parametrize(
    ("place", "verdict"),
    [
        ("/login", "passed"),
        ("http://127.0.0.1:9/", "failed"),
        ("//elsewhere.example/", "failed"),
        ("https://127.0.0.1/", "failed"),
    ],
)
async def test_an_address_may_lead_to_a_page_of_its_own_only(place: str, verdict: str) -> None:
    async def lead(request: web.Request) -> web.StreamResponse:
        return web.Response(status=302, headers={"Location": place})

    async with serving(lead) as url:
        report = await look(Target(url=url), only="reach.own-address")
    assert verdicts(report) == {"reach.own-address": verdict}
