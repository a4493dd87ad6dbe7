"""What those see who run the service: health, figures, log lines, the description of its API."""

from __future__ import annotations

import io
import json
import re

import aiohttp
import pytest
import structlog

from atelier.storage.token import new_secret
from tests.integration.gateway.conftest import House


async def test_health_needs_no_token_and_tells_nothing_of_anybody(house: House) -> None:
    for path, expected in (
        ("/healthz", {"alive": True}),
        ("/readyz", {"ready": True, "engines": 0, "down": 0}),
    ):
        async with house.session().get(path) as answer:
            assert (answer.status, await answer.json()) == (200, expected)


async def test_a_service_that_stops_asks_for_no_more_requests(house: House) -> None:
    house.gateway.health.stop()
    async with house.session().get("/readyz") as answer:
        assert answer.status == 503
    async with house.session().get("/healthz") as answer:
        assert answer.status == 200


async def test_figures_are_for_those_who_may_and_name_nobody(house: House, picture: bytes) -> None:
    await house.submit("ada", prompt_id="adas-own-id", client_id="adas-client")
    await house.upload("ada", picture, "adas-picture.png")
    async with house.session().get("/made/up/path") as answer:
        assert answer.status == 404
    async with house.as_("ada").get("/metrics") as answer:
        assert answer.status == 403
    async with house.as_("root").get("/metrics") as answer:
        assert answer.status == 200
        text = await answer.text()
    assert 'atelier_jobs{role="student",state="queued"} 1.0' in text
    assert re.search(r'atelier_http_seconds_count\{method="POST",route="/prompt",status="200"\} 1', text)
    assert 'atelier_refusals_total{code="scope_missing"} 1.0' in text
    for name in ("ada", "bob", "tea", "root", "made", "127.0.0.1"):
        assert not re.search(rf'="[^"]*{name}[^"]*"', text), name


async def test_the_api_is_described_with_the_scope_of_each_operation(house: House) -> None:
    async with house.session().get("/atelier/api/openapi.json") as answer:
        assert answer.status == 200
        document = await answer.json()
    operations = [each for path in document["paths"].values() for each in path.values()]
    assert len(operations) > 20
    assert all("Needs the scope `" in each["description"] for each in operations)
    assert all(each["security"] == [{"token": []}] for each in operations)


@pytest.fixture
def log_lines(quiet_log: None) -> io.StringIO:
    """What the gateway logs, as JSON lines."""
    lines = io.StringIO()
    structlog.configure(
        processors=[structlog.contextvars.merge_contextvars, structlog.processors.JSONRenderer()],
        logger_factory=structlog.PrintLoggerFactory(lines),
        wrapper_class=structlog.make_filtering_bound_logger("debug"),
    )
    return lines


async def test_each_request_is_a_line_without_secrets(log_lines: io.StringIO, house: House) -> None:
    async with house.as_("ada").post("/atelier/api/ticket") as answer:
        ticket = (await answer.json())["ticket"]
        request_id = answer.headers["X-Request-Id"]
    wrong = new_secret()
    async with house.session({"Authorization": f"Bearer {wrong}"}).get("/queue") as answer:
        assert answer.status == 401
    async with house.session().get("/view", params={"filename": "x", "ticket": ticket}) as answer:
        assert answer.status == 404
    async with house.session().ws_connect("/ws", params={"ticket": ticket}):
        pass
    data = {"token": house.tokens["ada"]}
    session = house.session({"Origin": house.url})
    async with session.post("/atelier/sign-in", data=data, allow_redirects=False) as answer:
        cookie = answer.cookies["atelier_session"].value
    text = log_lines.getvalue()
    for secret in (ticket, wrong, house.tokens["ada"], cookie):
        assert secret not in text
    lines = [json.loads(line) for line in text.splitlines()]
    [line] = [each for each in lines if each.get("request_id") == request_id]
    assert (line["method"], line["path"], line["status"]) == ("POST", "/atelier/api/ticket", 200)
    assert line["account"] == "account-ada"


async def test_a_fault_of_ours_is_told_by_its_request_id_only(house: House) -> None:
    async def broken(*_: object) -> None:
        raise RuntimeError(f"a secret: {house.tokens['ada']}")

    house.storage.settings.all = broken  # type: ignore[assignment,method-assign]
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger("critical"))
    async with house.as_("ada").get("/settings") as answer:
        assert answer.status == 500
        document = await answer.json()
    assert document["error"]["request_id"] == answer.headers["X-Request-Id"]
    assert "secret" not in json.dumps(document)


async def test_a_method_that_a_route_lacks_is_refused_in_the_form_of_the_others(house: House) -> None:
    async with house.as_("ada").put("/queue") as answer:
        assert answer.status == 405
        assert (await answer.json())["error"]["code"] == "http_405"


async def test_the_service_stops_although_sockets_are_open(house: House) -> None:
    """The fixture stops the server, and fails where that takes too long."""
    socket = await house.as_("ada").ws_connect("/ws")
    assert (await socket.receive()).type is aiohttp.WSMsgType.TEXT
