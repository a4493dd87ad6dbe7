"""Encrypts what is secret in a backup under a passphrase: scrypt (RFC 7914), then AES-256-GCM."""

from __future__ import annotations

import json
import os
from base64 import b64decode, b64encode

from atelier.errors import ArchiveUnusable, DeployError

#: Memory of 128 MiB and about half a second for each guess.
_N, _R, _P = 2**17, 8, 1
#: What an archive may ask for: another one's choice must not exhaust this machine.
_LARGEST_N = 2**20
_SHORTEST = 12
_HEAD = b"atelier-sealed-1\n"


def require_usable(passphrase: str) -> None:
    """Return if a passphrase is long enough.

    Raises:
        DeployError: it is not.
    """
    if len(passphrase) < _SHORTEST:
        raise DeployError(f"The passphrase has fewer than {_SHORTEST} characters: choose a longer one.")


def seal(content: bytes, passphrase: str, *, bound_to: bytes) -> bytes:
    """Return content encrypted; it opens only with the passphrase, and with what it is bound to unchanged."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    require_usable(passphrase)
    salt, nonce = os.urandom(16), os.urandom(12)
    head = {"n": _N, "r": _R, "p": _P, "salt": b64encode(salt).decode(), "nonce": b64encode(nonce).decode()}
    line = json.dumps(head).encode() + b"\n"
    key = _key(passphrase, salt, _N, _R, _P)
    return _HEAD + line + AESGCM(key).encrypt(nonce, content, line + bound_to)


def open_sealed(sealed: bytes, passphrase: str, *, bound_to: bytes) -> bytes:
    """Return the content.

    Raises:
        ArchiveUnusable: the passphrase is wrong, or something was changed.
    """
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    damaged = ArchiveUnusable("The encrypted part of the backup is damaged: take another backup.")
    if not sealed.startswith(_HEAD) or b"\n" not in sealed[len(_HEAD) :]:
        raise damaged
    line, _, encrypted = sealed[len(_HEAD) :].partition(b"\n")
    try:
        head = json.loads(line)
        n, r, p = int(head["n"]), int(head["r"]), int(head["p"])
        salt, nonce = b64decode(head["salt"]), b64decode(head["nonce"])
    except (ValueError, KeyError, TypeError) as error:
        raise damaged from error
    if not (2**14 <= n <= _LARGEST_N and n & (n - 1) == 0 and 1 <= r <= 16 and 1 <= p <= 4):
        raise damaged
    try:
        return AESGCM(_key(passphrase, salt, n, r, p)).decrypt(nonce, encrypted, line + b"\n" + bound_to)
    except (InvalidTag, ValueError) as error:
        raise ArchiveUnusable(
            "The passphrase is wrong, or the backup was changed after it was made."
        ) from error


def _key(passphrase: str, salt: bytes, n: int, r: int, p: int) -> bytes:
    from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

    return Scrypt(salt=salt, length=32, n=n, r=r, p=p).derive(passphrase.encode())
