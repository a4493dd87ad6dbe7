"""Administrators, teachers and students over the service's own API; each sees what is theirs."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

from atelier.storage.account import Group, Limits, Role
from atelier.storage.file import Area
from atelier.storage.job import JobState
from tests.integration.gateway.conftest import House, HouseBuilder

API = "/atelier/api"
LIMITS = dict.fromkeys(Role, Limits())


async def call(
    house: House, who: str, method: str, path: str, body: Any = None, **options: Any
) -> tuple[int, Any]:
    """Return status and document of a call."""
    if body is not None:
        options["json"] = body
    async with house.as_(who).request(method, API + path, **options) as answer:
        return answer.status, await answer.json()


async def done(house: House, who: str, method: str, path: str, body: Any = None, **options: Any) -> Any:
    """Return the document of a call that succeeds."""
    status, document = await call(house, who, method, path, body, **options)
    assert status in (200, 201), document
    return document


async def refused(
    house: House, who: str, method: str, path: str, body: Any = None, **options: Any
) -> tuple[int, str]:
    """Return status and code of a call that is refused."""
    status, document = await call(house, who, method, path, body, **options)
    assert status >= 400
    assert document["error"]["message"]
    return status, document["error"]["code"]


async def deeds(house: House) -> list[tuple[str, str, str]]:
    return [
        (each["actor"], each["action"], each["subject"])
        for each in reversed(await done(house, "root", "GET", "/audit"))
    ]


async def in_class(house: House, **group: Any) -> None:
    """Put ada, bob and their teacher into the class 7b."""
    await house.storage.accounts.put_group(Group(name="7b", **group))
    for name in ("ada", "bob", "tea"):
        await done(house, "root", "PATCH", f"/accounts/{name}", {"class": "7b"})


# --- accounts --------------------------------------------------------------------------------------------


async def test_an_account_is_added_changed_switched_off_and_removed(house: House) -> None:
    added = await done(house, "root", "POST", "/accounts", {"name": "Jürgen Groß", "expires": "2099-07-31"})
    assert added["role"] == "student"
    assert added["expires"] == "2099-08-01T00:00:00+00:00"
    secret = await done(house, "root", "POST", "/accounts/J%C3%BCrgen%20Gro%C3%9F/tokens", {})
    house.tokens["new"] = secret["token"]
    assert (await done(house, "new", "GET", "/me"))["name"] == "Jürgen Groß"
    changed = await done(
        house, "root", "PATCH", "/accounts/Jürgen Groß", {"limits": {"images_per_day": 3}, "expires": None}
    )
    assert changed["limits"]["images_per_day"] == 3
    assert changed["expires"] is None
    assert (await done(house, "new", "GET", "/me"))["limits"]["images_per_day"] == 3
    await done(house, "root", "PATCH", "/accounts/Jürgen Groß", {"disabled": True})
    assert await refused(house, "new", "GET", "/me") == (401, "token_invalid")
    await done(house, "root", "DELETE", "/accounts/Jürgen Groß")
    assert (await refused(house, "root", "GET", "/accounts/Jürgen Groß"))[0] == 404
    assert await deeds(house) == [
        ("root", "account.added", "Jürgen Groß"),
        ("root", "token.issued", "Jürgen Groß"),
        ("root", "account.changed", "Jürgen Groß"),
        ("root", "account.changed", "Jürgen Groß"),
        ("root", "account.removed", "Jürgen Groß"),
    ]


async def test_switching_an_account_off_cancels_what_waits(house: House) -> None:
    await house.submit("ada")
    await done(house, "root", "PATCH", "/accounts/ada", {"disabled": True})
    (job,) = await house.storage.jobs.list("account-ada")
    assert job.state is JobState.CANCELLED


IMPOSSIBLE: list[tuple[dict[str, Any], str]] = [
    ({"name": "ada"}, "name_taken"),
    ({"name": "new", "class": "9z"}, "group_unknown"),
    ({"name": ""}, "request_invalid"),
    ({"name": "a/b"}, "request_invalid"),
    ({"name": "=1+1"}, "request_invalid"),
    ({"name": "new", "role": "pupil"}, "request_invalid"),
    ({"name": "new", "weight": 0}, "request_invalid"),
    ({"name": "new", "colour": "red"}, "request_invalid"),
    ({"name": "new", "expires": "soon"}, "request_invalid"),
    ({}, "request_invalid"),
]


async def test_an_account_that_cannot_be_is_refused(house: House) -> None:
    for body, code in IMPOSSIBLE:
        assert (await refused(house, "root", "POST", "/accounts", body))[1] == code, body


async def test_the_last_admin_stays(house: House) -> None:
    for method, body in (("DELETE", None), ("PATCH", {"disabled": True}), ("PATCH", {"role": "teacher"})):
        assert await refused(house, "root", method, "/accounts/root", body) == (409, "last_admin")
    await done(house, "root", "POST", "/accounts", {"name": "second", "role": "admin"})
    await done(house, "root", "DELETE", "/accounts/root")


async def test_an_account_whose_job_runs_is_not_removed(house: House) -> None:
    await house.submit("ada")
    await house.storage.jobs.claim("first", "w", unable=(), lease=60, defaults=LIMITS)
    assert await refused(house, "root", "DELETE", "/accounts/ada") == (409, "account_busy")


# --- rosters ---------------------------------------------------------------------------------------------

ROSTER = (
    "\ufeffName;Role;Class;Weight;Expiry\r\nZoë Müller;student;8a;1,5;31.07.2099\r\nada;;8a;;\r\n".encode()
)


async def test_a_roster_is_tried_out_then_imported_then_imported_again(house: House) -> None:
    tried = await done(house, "root", "POST", "/roster?dry_run=true", data=ROSTER)
    assert (tried["added"], tried["classes_added"], tried["tokens"]) == (["Zoë Müller"], ["8a"], [])
    assert (await call(house, "root", "GET", "/accounts/Zoë Müller"))[0] == 404

    imported = await done(house, "root", "POST", "/roster", data=ROSTER)
    assert imported["added"] == ["Zoë Müller"]
    assert imported["changed"] == [{"name": "ada", "fields": ["class"]}]
    (secret,) = imported["tokens"]
    house.tokens["zoe"] = secret["token"]
    me = await done(house, "zoe", "GET", "/me")
    assert (me["name"], me["class"], me["expires"]) == ("Zoë Müller", "8a", "2099-08-01T00:00:00+00:00")

    again = await done(house, "root", "POST", "/roster", data=ROSTER)
    assert (again["added"], again["changed"], again["tokens"]) == ([], [], [])
    assert sorted(again["unchanged"]) == ["Zoë Müller", "ada"]
    shorter = b"name,class\nada,8a\n"
    assert (await done(house, "root", "POST", "/roster", data=shorter))["not_in_roster"] == ["Zoë Müller"]


async def test_a_faulty_roster_changes_nothing_and_names_its_lines(house: House) -> None:
    status, document = await call(house, "root", "POST", "/roster", data=b"name,role\nnew,pupil\nnew2,\n")
    assert status == 400
    assert document["error"]["code"] == "roster_invalid"
    assert "line 2: 'pupil' is no role" in document["error"]["message"]
    assert (await call(house, "root", "GET", "/accounts/new2"))[0] == 404


# --- tokens ----------------------------------------------------------------------------------------------


async def test_a_lost_token_is_worthless_once_a_new_one_is_issued(house: House) -> None:
    secret = await done(house, "root", "POST", "/accounts/ada/tokens/reissue")
    assert await refused(house, "ada", "GET", "/me") == (401, "token_invalid")
    house.tokens["ada-2"] = secret["token"]
    assert (await done(house, "ada-2", "GET", "/me"))["name"] == "ada"


async def test_a_rotated_token_works_beside_the_new_one_until_the_overlap_ends(house: House) -> None:
    await done(house, "root", "POST", "/accounts/ada/tokens/rotate", {"overlap_minutes": 10})
    assert (await done(house, "ada", "GET", "/me"))["name"] == "ada"
    old, new = await done(house, "root", "GET", "/tokens?account=ada")
    assert {bool(old["revoked"]), bool(new["revoked"])} == {True, False}
    assert "token" not in old
    await done(house, "root", "POST", "/accounts/ada/tokens/rotate", {"overlap_minutes": 0})
    assert await refused(house, "ada", "GET", "/me") == (401, "token_invalid")


async def test_a_token_is_revoked_by_its_id_once(house: House) -> None:
    (token,) = await done(house, "root", "GET", "/tokens?account=bob")
    await done(house, "root", "DELETE", f"/tokens/{token['id']}")
    assert await refused(house, "bob", "GET", "/me") == (401, "token_invalid")
    assert await refused(house, "root", "DELETE", f"/tokens/{token['id']}") == (404, "token_unknown")


async def test_a_token_has_no_scope_beyond_its_role(house: House) -> None:
    narrow = await done(house, "root", "POST", "/accounts/ada/tokens", {"scopes": ["self:read"]})
    house.tokens["narrow"] = narrow["token"]
    assert (await done(house, "narrow", "GET", "/me"))["scopes"] == ["self:read"]
    assert (await refused(house, "narrow", "GET", "/me/export"))[0] == 403
    wide = {"scopes": ["accounts:write"]}
    assert (await refused(house, "root", "POST", "/accounts/ada/tokens", wide))[0] == 400


async def test_tokens_are_issued_to_those_who_have_none(house: House) -> None:
    await done(house, "root", "POST", "/accounts", {"name": "late"})
    assert [each["account"] for each in await done(house, "root", "POST", "/tokens/missing")] == ["late"]
    assert await done(house, "root", "POST", "/tokens/missing") == []


async def test_no_secret_stands_in_the_audit_log_or_in_a_list(house: House) -> None:
    issued = await done(house, "root", "POST", "/accounts/ada/tokens", {})
    for path in ("/audit", "/tokens", "/accounts"):
        assert issued["token"] not in json.dumps(await done(house, "root", "GET", path))


# --- teachers --------------------------------------------------------------------------------------------


async def test_a_teacher_sees_how_the_own_class_is_doing_and_no_other(house: House) -> None:
    await in_class(house)
    await house.submit("ada")
    overview = await done(house, "tea", "GET", "/classes/7b")
    by_name = {each["name"]: each for each in overview["students"]}
    assert set(by_name) == {"ada", "bob"}
    assert by_name["ada"]["waiting"] == 1
    assert "workflow" not in json.dumps(overview)
    await house.storage.accounts.put_group(Group(name="8a"))
    foreign = await call(house, "tea", "GET", "/classes/8a")
    missing = await call(house, "tea", "GET", "/classes/9z")
    assert foreign[0] == missing[0] == 404
    assert foreign[1]["error"]["message"].replace("8a", "9z") == missing[1]["error"]["message"]
    assert [each["name"] for each in await done(house, "tea", "GET", "/classes")] == ["7b"]


async def test_a_lesson_is_opened_and_closed_by_the_teacher(house: House) -> None:
    await in_class(house)
    opened = await done(house, "tea", "POST", "/classes/7b/lesson", {"minutes": 45})
    assert opened["lesson_until"] is not None
    assert (await done(house, "tea", "DELETE", "/classes/7b/lesson"))["lesson_until"] is None
    assert ("tea", "lesson.opened", "7b") in await deeds(house)
    assert ("tea", "lesson.closed", "7b") in await deeds(house)
    assert (await refused(house, "ada", "POST", "/classes/7b/lesson", {}))[0] == 403


async def test_a_teacher_cancels_jobs_and_reissues_tokens_of_the_own_class_alone(house: House) -> None:
    await in_class(house)
    job = await house.submit("ada")
    assert await done(house, "tea", "DELETE", f"/classes/7b/students/ada/jobs/{job}") == {"done": "cancelled"}
    assert (await refused(house, "tea", "DELETE", f"/classes/7b/students/bob/jobs/{job}"))[0] == 404
    secret = await done(house, "tea", "POST", "/classes/7b/students/bob/token")
    assert secret["account"] == "bob"
    await done(house, "root", "PATCH", "/accounts/bob", {"class": None})
    assert (await refused(house, "tea", "POST", "/classes/7b/students/bob/token"))[0] == 404
    assert (await refused(house, "tea", "POST", "/classes/7b/students/tea/token"))[0] == 404


async def drawn(house: House, name: str, content: bytes) -> None:
    artifact = await house.artifacts.put_bytes(content)
    await house.storage.files.put(
        f"account-{name}", Area.OUTPUT, "sub", "fox 1.png", artifact, media_type="image/png"
    )


async def test_pictures_are_for_their_makers_alone_until_the_class_shows_them(
    house: House, picture: bytes
) -> None:
    await in_class(house)
    await drawn(house, "ada", picture)
    assert (await done(house, "ada", "GET", "/me"))["pictures_seen_by_teachers"] is False
    assert await refused(house, "tea", "GET", "/classes/7b/pictures") == (403, "scope_missing")
    path = "/classes/7b/students/ada/pictures/sub/fox%201.png"
    assert (await refused(house, "tea", "GET", path))[0] == 403

    await done(house, "root", "PUT", "/classes/7b", {"shows_pictures": True})
    me = await done(house, "ada", "GET", "/me")
    assert me["pictures_seen_by_teachers"] is True
    assert "teachers see the pictures" in me["notice"]
    (listed,) = await done(house, "tea", "GET", "/classes/7b/pictures")
    async with house.as_("tea").get(listed["path"]) as answer:
        assert await answer.read() == picture
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert ("tea", "picture.seen", "ada") in await deeds(house)
    assert (await refused(house, "bob", "GET", path))[0] == 403


async def test_students_are_told_that_their_pictures_are_seen_before_they_go_on(
    build_house: HouseBuilder,
) -> None:
    async with build_house(engine=True) as house:
        await in_class(house)
        session = house.session({"Origin": house.url})
        entering = {"token": house.tokens["ada"], "next": "/x?a=1&b=2"}
        async with session.post("/atelier/sign-in", data=entering, allow_redirects=False) as answer:
            assert answer.status == 303

        await done(house, "root", "PUT", "/classes/7b", {"shows_pictures": True})
        # Whoever was signed in comes by the page again, and is told there.
        async with session.get("/queue") as answer:
            assert answer.status == 401
        async with session.post("/atelier/sign-in", data=entering, allow_redirects=False) as answer:
            assert answer.status == 200
            page = await answer.text()
        assert "teachers see the pictures" in page
        assert 'href="/x?a=1&amp;b=2"' in page
        async with session.get("/queue") as answer:
            assert answer.status == 200
        status, stats = await house.get("ada", "/system_stats")
        assert (status, "teachers see" in stats["atelier"]["notice"]) == (200, True)

        # What changes nothing about it signs nobody out, and a teacher is told nothing.
        await done(house, "root", "PUT", "/classes/7b", {"limits": {"queued": 5}})
        async with session.get("/queue") as answer:
            assert answer.status == 200
        _, stats = await house.get("tea", "/system_stats")
        assert "notice" not in stats["atelier"]


# --- one's own data ---------------------------------------------------------------------------------------


async def test_a_student_takes_out_and_deletes_what_is_kept(house: House, picture: bytes) -> None:
    await house.upload("ada", picture, "photo.png")
    await drawn(house, "ada", picture)
    await house.submit("ada")
    async with house.as_("ada").get(f"{API}/me/export") as answer:
        assert answer.status == 200
        archive = zipfile.ZipFile(io.BytesIO(await answer.read()))
    assert archive.testzip() is None
    assert archive.read("input/photo.png") == picture
    assert archive.read("output/sub/fox 1.png") == picture
    jobs = json.loads(archive.read("jobs.json"))
    assert [each["state"] for each in jobs] == ["queued"]
    assert jobs[0]["workflow"]
    assert json.loads(archive.read("account.json"))["name"] == "ada"

    deleted = await done(house, "ada", "DELETE", "/me/data")
    assert deleted == {"files": 2, "jobs": 1, "still_running": 0}
    assert await house.storage.files.list("account-ada", Area.INPUT) == []
    assert await house.storage.jobs.list("account-ada", hidden=True) == []
    assert await deeds(house) == [("ada", "data.exported", "ada"), ("ada", "data.deleted", "ada")]


async def test_an_admin_takes_out_and_deletes_for_others(house: House, picture: bytes) -> None:
    await house.upload("ada", picture, "photo.png")
    async with house.as_("root").get(f"{API}/accounts/ada/export") as answer:
        assert "input/photo.png" in zipfile.ZipFile(io.BytesIO(await answer.read())).namelist()
    assert (await done(house, "root", "DELETE", "/accounts/ada/data"))["files"] == 1
    for method, path in (("GET", "/accounts/ada/export"), ("DELETE", "/accounts/ada/data")):
        assert (await refused(house, "tea", method, path))[0] == 403


# --- operation -------------------------------------------------------------------------------------------


async def test_an_admin_sees_and_cancels_everybodys_jobs(house: House) -> None:
    await house.submit("ada", prompt_id="mine")
    await house.submit("bob", prompt_id="mine")
    listed = await done(house, "root", "GET", "/jobs")
    assert {each["account"] for each in listed} == {"ada", "bob"}
    of_bob = next(each for each in listed if each["account"] == "bob")
    assert await done(house, "root", "DELETE", f"/jobs/{of_bob['id']}") == {"done": "cancelled"}
    assert [each["account"] for each in await done(house, "root", "GET", "/jobs")] == ["ada"]
    everything = await done(house, "root", "GET", "/jobs?all=true&account=bob")
    assert [each["state"] for each in everything] == ["cancelled"]
    assert (await refused(house, "root", "DELETE", "/jobs/mine"))[1] == "job_unknown"


async def test_an_engine_is_drained_and_taken_back_in(house: House) -> None:
    await house.storage.engines.report("gpu-1", address="http://x", state="up", model=None, idle=True)
    assert await done(house, "root", "POST", "/engines/gpu-1/drain") == {"done": "draining"}
    (engine,) = await done(house, "root", "GET", "/engines")
    assert engine["draining"] is True
    await done(house, "root", "DELETE", "/engines/gpu-1/drain")
    assert (await refused(house, "root", "POST", "/engines/gpu-2/drain"))[1] == "engine_unknown"
    assert (await refused(house, "tea", "GET", "/engines"))[0] == 403


async def test_use_is_told_by_account_and_day(house: House) -> None:
    await house.submit("ada")
    (use,) = await done(house, "root", "GET", "/usage")
    assert use["account"] == "ada"
    assert await done(house, "root", "GET", "/usage?account=bob") == []
    assert (await refused(house, "root", "GET", "/usage?since=yesterday"))[0] == 422


ADMIN_ONLY = [
    ("GET", "/accounts"),
    ("POST", "/accounts"),
    ("GET", "/accounts/bob"),
    ("PATCH", "/accounts/bob"),
    ("DELETE", "/accounts/bob"),
    ("POST", "/roster"),
    ("PUT", "/classes/7b"),
    ("GET", "/tokens"),
    ("POST", "/tokens/missing"),
    ("POST", "/accounts/bob/tokens"),
    ("POST", "/accounts/bob/tokens/reissue"),
    ("GET", "/jobs"),
    ("DELETE", "/jobs/x"),
    ("GET", "/usage"),
    ("GET", "/audit"),
]


async def test_administration_is_for_admins(house: House) -> None:
    for who in ("ada", "tea"):
        for method, path in ADMIN_ONLY:
            assert await refused(house, who, method, path, {}) == (403, "scope_missing"), path


async def test_the_description_names_each_route_and_its_scope(build_house: HouseBuilder) -> None:
    async with build_house() as house:
        described = (await done(house, "ada", "GET", "/openapi.json"))["paths"]
    operations = [(path, method) for path, methods in described.items() for method in methods]
    assert (f"{API}/accounts", "post") in operations
    for path, method in operations:
        assert "Needs the scope" in described[path][method]["description"]
