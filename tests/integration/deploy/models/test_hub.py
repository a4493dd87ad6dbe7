"""The hub's answers, its gates, and where a token goes."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from atelier.deploy.models import Hub, HubFile, Net, Patience, Wanted, wanted_address
from atelier.deploy.models.hub import LARGEST
from atelier.errors import DownloadFailed, DownloadRefused, ModelFileDamaged, UsageError
from tests.integration.deploy.models.conftest import BODY, SHA256, WANTED, Bench
from tests.integration.deploy.models.stand_in_hub import TOKEN, StandInHub


def authorized(bench: Bench) -> list[str]:
    return [each.server for each in bench.hub.seen if "authorization" in each.headers]


async def test_a_gated_file_without_a_token_says_where_to_accept_and_where_to_put_it(bench: Bench) -> None:
    bench.hub.gated.add("org/weights")
    with pytest.raises(DownloadRefused) as refusal:
        await bench.fetch()
    for part in (
        "https://huggingface.co/org/weights",
        "accepted its licence",
        "huggingface-token",
        "HF_TOKEN",
    ):
        assert part in str(refusal.value)
    assert not bench.hub.gets()


async def test_a_gated_file_comes_with_a_token_that_only_the_hub_sees(bench: Bench) -> None:
    bench.hub.gated.add("org/weights")
    bench.token = TOKEN
    await bench.fetch()
    assert bench.target.read_bytes() == BODY
    assert set(authorized(bench)) == {"hub"}
    assert not any(TOKEN in path.read_text("latin-1") for path in bench.root.rglob("*") if path.is_file())


async def test_an_open_file_is_fetched_without_the_token(bench: Bench) -> None:
    bench.token = TOKEN
    await bench.fetch()
    assert authorized(bench) == []


async def test_a_token_saved_for_other_things_is_not_sent(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    bench.hub.gated.add("org/weights")
    with pytest.raises(DownloadRefused):
        await bench.fetch()
    assert authorized(bench) == []


async def test_a_token_for_an_address_of_its_own_is_not_sent(bench: Bench) -> None:
    bench.token = TOKEN
    await bench.fetch([wanted_address(bench.hub.direct("org/weights/split/model.safetensors"), folder="vae")])
    assert authorized(bench) == []


async def test_what_netrc_has_is_not_sent(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    netrc = bench.root / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password hush\n", encoding="utf-8")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    await bench.fetch()
    assert authorized(bench) == []
    bench.hub.gated.add("org/weights")
    bench.token = TOKEN
    bench.target.unlink()
    await bench.fetch()
    assert set(authorized(bench)) == {"hub"}


async def test_a_password_in_an_address_is_sent_to_its_server_and_kept_nowhere(bench: Bench) -> None:
    address = bench.hub.direct("org/weights/split/model.safetensors").replace("://", "://me:hush@")
    await bench.fetch([wanted_address(address, folder="vae")])
    assert all("authorization" in each.headers for each in bench.hub.seen)
    assert "hush" not in bench.lock.path.read_text(encoding="utf-8")


async def test_a_signed_address_is_followed_as_it_is_written(bench: Bench) -> None:
    signed = "?name=a%2Fb%27c%2A&Signature=x~y_%3D%3D&note=a+b%20c"
    bench.hub.query = signed
    await bench.fetch()
    assert bench.hub.gets()[-1].path.endswith(signed)
    bench.hub.seen.clear()
    await bench.fetch(
        [wanted_address(bench.hub.direct("org/weights/split/model.safetensors") + signed, folder="vae")]
    )
    assert all(each.path.endswith(signed) for each in bench.hub.seen)


async def test_a_repository_that_moved_is_followed(bench: Bench) -> None:
    moved = bench.hub.status(307, Location="/org/weights/resolve/main/split/model.safetensors")
    bench.hub.hub_faults += [moved]
    old = replace(WANTED, source=HubFile(repository="old/weights", path="split/model.safetensors"))
    plan = await bench.plan([old])
    assert plan.steps[0].offer.sha256 == SHA256


async def test_a_token_that_the_hub_does_not_know_is_refused_without_being_repeated(bench: Bench) -> None:
    bench.hub.gated.add("org/weights")
    bench.token = "hf_wrong_token"
    with pytest.raises(DownloadRefused, match="wrong or expired") as refusal:
        await bench.fetch()
    assert "hf_wrong_token" not in f"{refusal.value!r}{bench._hub()!r}"


async def test_an_account_that_was_not_let_in_is_told_so(bench: Bench) -> None:
    bench.hub.gated.add("org/weights")
    bench.token = TOKEN
    closed = bench.hub.status(403, X_Error_Code="GatedRepo")
    bench.hub.hub_faults += [closed, closed]
    with pytest.raises(DownloadRefused, match="not open to the token's account"):
        await bench.fetch()


async def test_a_token_is_not_sent_in_clear_over_a_network(bench: Bench) -> None:
    hub = Hub(endpoint="http://mirror.example", token=TOKEN)
    with pytest.raises(UsageError, match="not sent in clear"):
        hub._token_for_use()
    assert Hub(endpoint="https://mirror.example", token=TOKEN)._token_for_use() == TOKEN


async def test_a_repository_and_a_file_that_are_not_there(bench: Bench) -> None:
    nowhere = replace(WANTED, source=HubFile(repository="org/nothing", path="x.safetensors"))
    with pytest.raises(DownloadRefused, match="not there"):
        await bench.fetch([nowhere])
    missing = replace(WANTED, source=HubFile(repository="org/weights", path="x.safetensors"))
    with pytest.raises(DownloadRefused, match="404"):
        await bench.fetch([missing])


async def test_what_is_no_hub_is_told_as_such(bench: Bench) -> None:
    bench.hub.hub_faults += [bench.hub.status(200, ETag='"x"')]
    with pytest.raises(DownloadFailed, match="as no hub does"):
        await bench.fetch()


async def test_a_file_with_other_bytes_than_the_pin_is_refused_before_a_byte_comes(bench: Bench) -> None:
    for pinned in (replace(WANTED, sha256="0" * 64), replace(WANTED, size=12)):
        with pytest.raises(ModelFileDamaged, match="Nothing was fetched"):
            await bench.fetch([pinned])
    assert not bench.hub.gets()


async def test_a_file_without_a_checksum_at_the_hub_is_recorded_as_it_came(bench: Bench) -> None:
    bench.hub.linked_etag = hashlib.sha1(b"small files have a git digest").hexdigest()
    (kept,) = await bench.fetch()
    assert (kept.sha256, kept.sha256_from) == (SHA256, "content")


async def test_a_file_that_the_hub_does_not_serve_over_http_says_how_to_get_it(bench: Bench) -> None:
    bench.hub.hub_faults += [
        bench.hub.status(200, X_Repo_Commit="a" * 40, X_Linked_Size=str(LARGEST + 1), ETag='"x"')
    ]
    with pytest.raises(DownloadFailed, match="models link"):
        await bench.fetch()


async def test_several_files_that_cannot_be_had_are_named_together(bench: Bench) -> None:
    nowhere = [
        Wanted(folder="vae", name=name, source=HubFile(repository="org/weights", path=name))
        for name in ("a.safetensors", "b.safetensors")
    ]
    with pytest.raises(DownloadRefused) as refusal:
        await bench.fetch([*nowhere, WANTED])
    assert "2 files cannot be had, and nothing was fetched" in str(refusal.value)
    assert "a.safetensors" in str(refusal.value)
    assert "b.safetensors" in str(refusal.value)
    assert not bench.target.exists()


def test_an_endpoint_that_is_no_address_is_refused() -> None:
    with pytest.raises(UsageError, match="no address of a hub"):
        Hub(endpoint="huggingface.co")


async def test_offline_mode_of_the_library_is_told(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(UsageError, match="HF_HUB_OFFLINE"):
        await bench.fetch()


async def test_without_the_library_the_extra_is_named(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(UsageError, match=r"comfy-atelier\[deploy\]"):
        await bench.fetch()


async def test_https_that_leads_to_plain_http_is_not_followed(hub: StandInHub, tmp_path: Path) -> None:
    import ssl
    from datetime import UTC, datetime, timedelta

    from aiohttp import ClientSession, TCPConnector, web
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = tmp_path / "both.pem"
    pem.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    there = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    there.load_cert_chain(pem)

    async def lead_away(request: web.Request) -> web.Response:
        if request.method == "HEAD":
            return web.Response(headers={"Content-Length": str(len(BODY))})
        raise web.HTTPFound(hub.direct("org/weights/split/model.safetensors"))

    application = web.Application()
    application.router.add_route("*", "/model.safetensors", lead_away)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "localhost", 0, ssl_context=there).start()
    address = f"https://localhost:{runner.addresses[0][1]}/model.safetensors"
    bench = Bench(hub=hub, root=tmp_path)
    try:
        with pytest.raises(DownloadFailed, match="cannot be asked"):
            await bench.fetch([wanted_address(address, folder="vae")])
        trusting = ssl.create_default_context(cafile=str(pem))
        async with ClientSession(connector=TCPConnector(ssl=trusting), auto_decompress=False) as session:
            fetching = bench._fetching(Net(session, bench._hub(), Patience(tries=1)))
            with pytest.raises(DownloadFailed, match="from https to plain http"):
                await fetching.carry_out(await fetching.plan([wanted_address(address, folder="vae")]))
    finally:
        await runner.cleanup()
    assert not bench.lock.files
