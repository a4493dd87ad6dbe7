"""Who gets in: by token, by session, by ticket; and who does not."""

from __future__ import annotations

import aiohttp
import pytest

from atelier.gateway.throttle import BURST
from atelier.storage.token import new_secret
from tests.integration.gateway.conftest import House, HouseBuilder, add_token


async def sign_in(
    house: House, name: str, **headers: str
) -> tuple[aiohttp.ClientSession, aiohttp.ClientResponse]:
    session = house.session({"Origin": house.url, **headers})
    answer = await session.post("/atelier/sign-in", data={"token": house.tokens[name]}, allow_redirects=False)
    return session, answer


async def test_without_a_token_nothing_of_an_account_is_shown(house: House) -> None:
    async with house.session().get("/queue") as answer:
        assert answer.status == 401
        assert answer.headers["WWW-Authenticate"] == "Bearer"
        document = await answer.json()
        assert document["error"]["code"] == "token_invalid"
        assert document["error"]["request_id"] == answer.headers["X-Request-Id"]


async def test_a_token_in_the_header_lets_its_account_in(house: House) -> None:
    assert await house.get("ada", "/queue") == (200, {"queue_running": [], "queue_pending": []})


@pytest.mark.parametrize("header", ["Bearer", "Bearer ", "Basic YWRhOmFkYQ==", "Bearer nonsense", "x"])
async def test_what_is_no_token_lets_nobody_in(house: House, header: str) -> None:
    async with house.session({"Authorization": header}).get("/queue") as answer:
        assert answer.status == 401


async def test_identity_never_comes_from_another_header(house: House) -> None:
    for header in ("comfy-user", "X-Forwarded-User", "X-Remote-User"):
        async with house.session({header: "account-ada"}).get("/queue") as answer:
            assert answer.status == 401
    prompt_id = await house.submit("ada")
    async with house.as_("bob").get("/queue", headers={"comfy-user": "account-ada"}) as answer:
        assert prompt_id not in await answer.text()


async def test_a_token_in_the_query_lets_nobody_in(house: House) -> None:
    for name in ("token", "access_token", "ticket"):
        async with house.session().get("/queue", params={name: house.tokens["ada"]}) as answer:
            assert answer.status == 401


async def test_a_browser_is_sent_to_the_sign_in_page_and_a_program_is_not(house: House) -> None:
    session = house.session()
    async with session.get("/", headers={"Accept": "text/html"}, allow_redirects=False) as answer:
        assert answer.status == 303
        assert answer.headers["Location"] == "/atelier/sign-in"
    async with session.get("/", allow_redirects=False) as answer:
        assert answer.status == 401


async def test_the_sign_in_page_needs_nothing_from_elsewhere_and_cannot_be_framed(house: House) -> None:
    async with house.session().get("/atelier/sign-in") as answer:
        page = await answer.text()
        assert answer.status == 200
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["Cache-Control"] == "no-store"
    assert "<script" not in page
    assert "http://" not in page
    assert "https://" not in page


async def test_signing_in_gives_a_session_that_scripts_and_other_sites_cannot_use(house: House) -> None:
    session, answer = await sign_in(house, "ada")
    assert answer.status == 303
    assert answer.headers["Location"] == "/"
    cookie = answer.headers["Set-Cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "path=/" in cookie
    assert "secure" not in cookie
    assert house.tokens["ada"].lower() not in cookie
    async with session.get("/queue") as shown:
        assert shown.status == 200


async def test_behind_tls_the_cookie_travels_by_tls_only(build_house: HouseBuilder) -> None:
    async with build_house(listen={"trusted_proxies": ["127.0.0.1"]}) as house:
        origin = house.url.replace("http:", "https:")
        session = house.session({"Origin": origin, "X-Forwarded-Proto": "https"})
        data = {"token": house.tokens["ada"]}
        async with session.post("/atelier/sign-in", data=data, allow_redirects=False) as answer:
            assert answer.status == 303
            assert "secure" in answer.headers["Set-Cookie"].lower()


async def test_nobody_else_s_forwarded_headers_are_believed(house: House) -> None:
    _, answer = await sign_in(house, "ada", **{"X-Forwarded-Proto": "https", "X-Forwarded-Prefix": "/x"})
    assert "secure" not in answer.headers["Set-Cookie"].lower()
    assert answer.headers["Location"] == "/"


@pytest.mark.parametrize(
    "target", ["//evil.example/", "https://evil.example/", "/\\evil.example", "x", "/\t/e"]
)
async def test_signing_in_never_leads_elsewhere(house: House, target: str) -> None:
    session = house.session({"Origin": house.url})
    data = {"token": house.tokens["ada"], "next": target}
    async with session.post("/atelier/sign-in", data=data, allow_redirects=False) as answer:
        assert answer.headers["Location"] == "/"


async def test_a_wrong_token_is_told_so_on_the_page_and_gives_no_session(house: House) -> None:
    session = house.session({"Origin": house.url})
    secret = new_secret()
    async with session.post("/atelier/sign-in", data={"token": secret}) as answer:
        assert answer.status == 401
        assert "Set-Cookie" not in answer.headers
        assert secret not in await answer.text()


async def test_a_form_on_another_site_cannot_sign_a_visitor_in(house: House) -> None:
    for headers in ({"Origin": "https://evil.example"}, {}, {"Origin": "null"}):
        data = {"token": house.tokens["ada"]}
        async with house.session(headers).post("/atelier/sign-in", data=data) as answer:
            assert answer.status == 403
            assert "Set-Cookie" not in answer.headers


async def test_with_a_session_only_own_pages_change_anything(house: House) -> None:
    session, _ = await sign_in(house, "ada")
    for headers, status in (
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": house.url, "Sec-Fetch-Site": "cross-site"}, 403),
        ({"Origin": house.url.replace("127.0.0.1", "localhost")}, 403),
        ({"Origin": house.url, "Sec-Fetch-Site": "same-origin"}, 200),
    ):
        async with session.post("/queue", json={"clear": True}, headers=headers) as answer:
            assert answer.status == status, headers
            if status == 403:
                assert (await answer.json())["error"]["code"] == "origin_foreign"


async def test_signing_out_ends_the_session_for_every_copy_of_its_cookie(house: House) -> None:
    session, answer = await sign_in(house, "ada")
    copied = answer.cookies["atelier_session"].value
    async with session.post("/atelier/sign-out", allow_redirects=False) as left:
        assert left.status == 303
    async with house.session({"Cookie": f"atelier_session={copied}"}).get("/queue") as shown:
        assert shown.status == 401
    # The token itself lives on.
    assert (await house.get("ada", "/queue"))[0] == 200


async def test_who_is_signed_in_finds_the_way_out_on_the_sign_in_page(house: House) -> None:
    session, _ = await sign_in(house, "ada")
    async with session.get("/atelier/sign-in") as answer:
        assert 'action="/atelier/sign-out"' in await answer.text()
    async with house.session().get("/atelier/sign-in") as answer:
        assert "sign-out" not in await answer.text()


async def test_what_is_said_of_an_account_is_kept_by_nobody(house: House, picture: bytes) -> None:
    await house.upload("ada", picture)
    for path in ("/history", "/settings", "/queue", "/features"):
        async with house.as_("ada").get(path) as answer:
            assert answer.headers["Cache-Control"] == "no-store"
    async with house.as_("ada").get("/view?filename=a.png&type=input") as answer:
        assert answer.headers["Cache-Control"] == "private, no-cache"


async def test_a_session_is_no_token_and_a_token_no_session(house: House) -> None:
    _, answer = await sign_in(house, "ada")
    secret = answer.cookies["atelier_session"].value
    async with house.session({"Authorization": f"Bearer {secret}"}).get("/queue") as shown:
        assert shown.status == 401
    async with house.session({"Cookie": f"atelier_session={house.tokens['ada']}"}).get("/queue") as shown:
        assert shown.status == 401


async def test_revoking_a_token_ends_the_sessions_that_came_from_it(house: House) -> None:
    session, _ = await sign_in(house, "ada")
    [token] = [each for each in await house.storage.tokens.list("account-ada") if each.kind == "bearer"]
    await house.storage.tokens.revoke(token.id)
    house.gateway.grants.forget()
    async with session.get("/queue") as answer:
        assert answer.status == 401
    assert (await house.get("ada", "/queue"))[0] == 401


async def test_a_scoped_token_is_refused_by_the_name_of_what_it_lacks(house: House) -> None:
    secret = await add_token(house.storage, "root", scopes=frozenset({"metrics:read"}))
    session = house.session({"Authorization": f"Bearer {secret}"})
    async with session.get("/metrics") as answer:
        assert answer.status == 200
    async with session.get("/queue") as answer:
        assert answer.status == 403
        error = (await answer.json())["error"]
        assert error["code"] == "scope_missing"
        assert "jobs:read" in error["message"]


async def test_a_token_never_allows_more_than_its_role(house: House) -> None:
    secret = await add_token(house.storage, "ada", scopes=frozenset({"metrics:read", "jobs:read"}))
    session = house.session({"Authorization": f"Bearer {secret}"})
    async with session.get("/metrics") as answer:
        assert answer.status == 403
    async with session.get("/queue") as answer:
        assert answer.status == 200


async def test_bad_tokens_are_slowed_and_good_ones_from_the_same_address_are_not(house: House) -> None:
    session = house.session()
    statuses = []
    for _ in range(BURST + 3):
        headers = {"Authorization": f"Bearer {new_secret()}"}
        async with session.get("/queue", headers=headers) as answer:
            statuses.append(answer.status)
            if answer.status == 429:
                assert int(answer.headers["Retry-After"]) >= 1
    assert statuses[:BURST] == [401] * BURST
    assert 429 in statuses[BURST:]
    assert (await house.get("ada", "/queue"))[0] == 200
    # People at the same address can still sign in.
    _, entered = await sign_in(house, "bob")
    assert entered.status == 303


async def test_attempts_on_the_sign_in_page_are_slowed(house: House) -> None:
    session = house.session({"Origin": house.url})
    statuses = []
    for _ in range(BURST + 2):
        async with session.post("/atelier/sign-in", data={"token": new_secret()}) as answer:
            statuses.append(answer.status)
    assert statuses[:BURST] == [401] * BURST
    assert statuses[-1] == 429
    _, entered = await sign_in(house, "ada")
    assert entered.status == 429
    assert int(entered.headers["Retry-After"]) >= 1


async def test_a_ticket_shows_pictures_and_nothing_else(house: House, picture: bytes) -> None:
    name = (await house.upload("ada", picture))["name"]
    async with house.as_("ada").post("/atelier/api/ticket") as answer:
        assert answer.status == 200
        ticket = (await answer.json())["ticket"]
    session = house.session()
    query = {"filename": name, "type": "input", "ticket": ticket}
    for path in ("/view", "/api/view"):
        async with session.get(path, params=query) as answer:
            assert answer.status == 200
            assert await answer.read() == picture
    for path in ("/queue", "/history", "/object_info", "/userdata"):
        async with session.get(path, params={"ticket": ticket, "dir": "x"}) as answer:
            assert answer.status == 401
    async with session.get("/view", params={**query, "ticket": "made up"}) as answer:
        assert answer.status == 401


async def test_a_ticket_ends_with_its_token(house: House, picture: bytes) -> None:
    name = (await house.upload("ada", picture))["name"]
    secret = await add_token(house.storage, "ada", id="short")
    session = house.session({"Authorization": f"Bearer {secret}"})
    async with session.post("/atelier/api/ticket") as answer:
        ticket = (await answer.json())["ticket"]
    await house.storage.tokens.revoke("short")
    house.gateway.grants.forget()
    query = {"filename": name, "type": "input", "ticket": ticket}
    async with house.session().get("/view", params=query) as answer:
        assert answer.status == 401


async def test_under_a_sub_path_everything_stays_below_it(build_house: HouseBuilder) -> None:
    async with build_house(listen={"root_path": "/studio"}) as house:
        session = house.session({"Origin": house.url})
        # A proxy may pass the path on, or cut it off.
        for prefix in ("/studio", ""):
            headers = {"Accept": "text/html"}
            async with session.get(f"{prefix}/", headers=headers, allow_redirects=False) as answer:
                assert answer.headers["Location"] == "/studio/atelier/sign-in"
            async with session.get(f"{prefix}/atelier/sign-in") as answer:
                assert 'action="/studio/atelier/sign-in"' in await answer.text()
        data = {"token": house.tokens["ada"]}
        async with session.post("/studio/atelier/sign-in", data=data, allow_redirects=False) as answer:
            assert answer.headers["Location"] == "/studio/"
            assert "path=/studio/" in answer.headers["Set-Cookie"].lower()
        async with session.get("/studio/queue") as answer:
            assert answer.status == 200
        async with session.get("/studio", allow_redirects=False) as answer:
            assert answer.headers["Location"] == "/studio/"
