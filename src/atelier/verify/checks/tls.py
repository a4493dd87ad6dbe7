"""Whether the connection is encrypted, by a certificate that holds for a while."""

from __future__ import annotations

import asyncio
import ipaddress
import ssl
import time

from atelier.verify.case import Case
from atelier.verify.evidence import Exchange
from atelier.verify.failures import failure_of
from atelier.verify.probe import address_text, certificate_fault

#: Days that a certificate is valid yet at least, or the part of its life where that is less: what renews by
#: itself does so when a third is left, of 90 days or, with a proxy's own authority, of 12 hours.
_DAYS, _PART = 14, 0.25
_PATIENCE = 15.0


async def certificate(case: Case) -> None:
    """Shake hands and look at the certificate."""
    base = case.target.base
    host, port = str(base.host), base.port or 443
    began = time.perf_counter()
    try:
        async with asyncio.timeout(_PATIENCE):
            _, writer = await asyncio.open_connection(host, port, ssl=case.target.tls(), server_hostname=host)
    except ssl.SSLCertVerificationError as error:
        failed = certificate_fault(error)
        case.evidence.append(
            Exchange(
                request=f"TLS handshake with {host}:{port}",
                seconds=time.perf_counter() - began,
                error=f"{failed.code}: {failed.reason}",
            )
        )
        raise failed from error
    except (OSError, TimeoutError) as error:
        answer = await case.send("GET", "/features")
        if answer.status is None:
            raise failure_of(answer, "an answer") from error
        case.fail("tls", f"The TLS handshake fails ({type(error).__name__}).", "See the proxy's log.")
    try:
        found = writer.get_extra_info("peercert") or {}
        protocol = writer.get_extra_info("ssl_object").version()
        peer = address_text(writer.get_extra_info("peername"))
    finally:
        writer.close()
    case.evidence.append(
        Exchange(
            request=f"TLS handshake with {host}:{port}",
            seconds=time.perf_counter() - began,
            address=peer,
        )
    )
    begins, ends = (ssl.cert_time_to_seconds(str(found.get(each))) for each in ("notBefore", "notAfter"))
    days, life = (ends - time.time()) / 86_400, (ends - begins) / 86_400
    names = ", ".join(name for _, name in found.get("subjectAltName", ()))
    issuer = ", ".join(value for part in found.get("issuer", ()) for _, value in part)
    case.note(
        f"{protocol}; for {names or 'no name'}, by {issuer or 'nobody'}, until {found.get('notAfter')}."
    )
    case.figure("days until the certificate ends", days, "days")
    if days < min(_DAYS, _PART * life):
        case.fail(
            "certificate-old",
            f"The certificate, made for {life:.1f} days, ends in {days:.1f}; what renews by itself does so "
            "before.",
            "See in the proxy's log why it is not renewed: port 80 closed, the name moved, the disk full.",
        )


async def encrypted(case: Case) -> None:
    """Look whether tokens travel in the clear beyond this machine."""
    if case.target.secure:
        base = case.target.base
        if case.target.plain_url is None and base.port not in (None, 443):
            case.skip("The address has a port of its own; which one answers plain HTTP is not known.")
        address = case.target.plain_url or f"http://{base.host}"
        plain = await case.send("GET", f"{address}/", seconds=5.0)
        if plain.status is None:
            case.note("Plain HTTP is not answered at all.")
            return
        if plain.status in (301, 302, 307, 308) and plain.location.startswith("https://"):
            case.note(f"Plain HTTP leads to {plain.location}.")
            return
        case.fail(
            "plain",
            f"{address}/ answered {plain.status} instead of leading to https.",
            "Let the proxy redirect plain HTTP: Caddy does so by itself.",
        )
    answer = await case.send("GET", "/features")
    if answer.status is None:
        raise failure_of(answer, "an answer")
    host = answer.address.rpartition(":")[0].strip("[]")
    try:
        loopback = ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = False
    if loopback:
        case.skip("The server is on this machine, and nobody listens in between.")
    case.fail(
        "plain",
        f"The token travels unencrypted to {answer.address}.",
        "Put a proxy with TLS before it: atelier deploy init --domain, and give its https address here.",
    )
