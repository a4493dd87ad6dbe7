"""Debian's nginx with TLS before a service, with the lines that the documentation tells people to write."""

from __future__ import annotations

import getpass
import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.acceptance.service import free_port

DOCUMENTED = Path(__file__).parents[2] / "docs/reference/gateway.md"

#: Where the documentation's lines put the service.
SUB_PATH = "/studio"

#: Seconds until it listens.
DEADLINE = 20.0

CONFIGURATION = """
daemon off;
{user}
pid {directory}/nginx.pid;
error_log {directory}/error.log;
events {{}}
http {{
    access_log off;
    client_body_temp_path {directory}/body;
    proxy_temp_path {directory}/proxy;
    fastcgi_temp_path {directory}/fastcgi;
    uwsgi_temp_path {directory}/uwsgi;
    scgi_temp_path {directory}/scgi;
    server {{
        listen 127.0.0.1:{port} ssl;
        server_name localhost;
        ssl_certificate {directory}/certificate.pem;
        ssl_certificate_key {directory}/key.pem;
{location}
    }}
}}
"""


@dataclass(frozen=True, kw_only=True)
class Proxy:
    """A running nginx."""

    url: str
    #: Who trusts this trusts it.
    certificate: Path


def documented_location() -> str:
    """Return the lines for nginx that stand in the documentation."""
    found = re.search(r"```nginx\n(.*?)```", DOCUMENTED.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    return found[1]


@contextmanager
def nginx_before(port: int, directory: Path) -> Iterator[Proxy]:
    """Run nginx before a service on a port, for as long as the context lasts."""
    nginx = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    assert nginx is not None, "this test needs nginx: apt-get install nginx"
    directory.mkdir()
    _make_certificate(directory)
    location = documented_location()
    assert location.count("127.0.0.1:8200") == 1
    front = free_port()
    (directory / "nginx.conf").write_text(
        CONFIGURATION.format(
            # Started as root, it would give its work to a user who may not write here.
            user=f"user {getpass.getuser()};" if os.geteuid() == 0 else "",
            directory=directory,
            port=front,
            location=location.replace("127.0.0.1:8200", f"127.0.0.1:{port}"),
        ),
        encoding="utf-8",
    )
    command = [
        nginx,
        "-p",
        str(directory),
        "-c",
        str(directory / "nginx.conf"),
        "-e",
        str(directory / "error.log"),
    ]
    with subprocess.Popen(command) as process:
        try:
            _wait_until_it_listens(front, process, directory / "error.log")
            yield Proxy(url=f"https://localhost:{front}{SUB_PATH}", certificate=directory / "certificate.pem")
        finally:
            process.terminate()


def _make_certificate(directory: Path) -> None:
    subprocess.run(
        [
            "openssl",
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-noenc",
            "-days",
            "2",
            "-subj",
            "/CN=localhost",
            "-addext",
            "subjectAltName=DNS:localhost",
            "-keyout",
            str(directory / "key.pem"),
            "-out",
            str(directory / "certificate.pem"),
        ],
        check=True,
        capture_output=True,
        timeout=DEADLINE,
    )


def _wait_until_it_listens(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + DEADLINE
    while time.monotonic() < until:
        assert process.poll() is None, log.read_text(encoding="utf-8")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1.0).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError(f"nginx does not listen after {DEADLINE:g} s")
