"""TLS: the chain, the names, the dates, and where plain HTTP leads."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from atelier.verify.evidence import Figure
from atelier.verify.target import Target
from tests.integration.verify.certificates import Authority
from tests.integration.verify.conftest import look, verdicts
from tests.integration.verify.proxy import Proxy


async def test_a_server_behind_tls_of_a_schools_own_authority_passes_when_it_is_trusted(
    engine_url: str, tmp_path: Path
) -> None:
    authority = Authority.founded(tmp_path)
    async with Proxy(engine_url).running(authority.server()) as url:
        report = await look(Target(url=url, ca_file=authority.file))
    found = verdicts(report)
    assert "failed" not in found.values(), [each.reason for each in report.results if each.reason]
    assert found["tls.certificate"] == found["draws.text_to_image"] == found["socket.opens"] == "passed"
    certificate = report.of("tls.certificate")
    assert certificate is not None
    [days] = [each for each in certificate.evidence if isinstance(each, Figure)]
    assert 89 < days.value <= 90


@pytest.mark.parametrize(
    ("made", "trusted", "code"),
    [
        ({"ends": -0.1, "begins": -2}, True, "certificate-expired"),
        ({"begins": 1}, True, "certificate-early"),
        ({"address": "127.0.0.9"}, True, "certificate-name"),
        ({}, False, "certificate-untrusted"),
        ({"begins": -85, "ends": 5}, True, "certificate-old"),
        # As an authority of a proxy's own makes them: for half a day, renewed when a third of it is left.
        ({"begins": -0.4, "ends": 0.1}, True, "certificate-old"),
    ],
)
async def test_what_is_wrong_with_a_certificate_is_named(
    engine_url: str, tmp_path: Path, made: dict[str, Any], trusted: bool, code: str
) -> None:
    authority = Authority.founded(tmp_path)
    async with Proxy(engine_url).running(authority.server(**made)) as url:
        report = await look(Target(url=url, ca_file=authority.file if trusted else None), only="tls.cert")
    [result] = report.results
    assert (result.verdict, result.code) == ("failed", code)
    assert result.evidence


async def test_plain_http_at_a_tls_port_is_named(engine_url: str) -> None:
    report = await look(Target(url=engine_url.replace("http:", "https:")), only="tls.cert")
    [result] = report.results
    assert (result.verdict, result.code) == ("failed", "tls")
