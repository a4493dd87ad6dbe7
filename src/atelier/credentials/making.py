"""Makes new secrets."""

from __future__ import annotations

import base64
import secrets
import zlib
from types import ModuleType

from atelier.credentials.kind import Kind
from atelier.errors import CredentialsError


def new_password() -> str:
    """Return a random password of 32 letters and digits (190 bits), which no file format has to quote."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    return "".join(secrets.choice(letters) for _ in range(32))


def new_gateway_token() -> str:
    """Return a random token in the gateway's form, for a gateway that is told it at its first start.

    Source: `atelier.storage.token`, which this room does not see; a test compares the two.
    """
    body = base64.urlsafe_b64encode(secrets.token_bytes(32)).rstrip(b"=").decode()
    return f"atl_{body}_{zlib.crc32(body.encode()) & 0xFFFFFF:06x}"


def new_value(name: str, kind: Kind) -> str:
    """Return a random secret of a kind that Atelier can make.

    Raises:
        CredentialsError: somebody else makes secrets of this kind.
    """
    match kind:
        case Kind.MADE | Kind.LOGIN:
            return new_password()
        case Kind.GATEWAY:
            return new_gateway_token()
        case Kind.LOGIN_HASH:
            raise CredentialsError(
                f"{name} is made from the password of a ComfyUI-Login: rotate that, or set a new password "
                f"there and keep its hash with `atelier credentials set {name}`."
            )
        case Kind.KEY:
            raise CredentialsError(
                f"{name} is somebody else's to make: get a new one there, keep it with "
                f"`atelier credentials set {name}`, and end the old one there."
            )


def bcrypt_hash(password: str) -> str:
    """Return the hash that ComfyUI-Login keeps of a password: bcrypt, prefix 2b, cost 12.

    Source: `bcrypt.gensalt()` in ComfyUI-Login's password.py (commit 6910925), whose default this is.

    Raises:
        CredentialsError: the library for it is not installed.
    """
    bcrypt = _bcrypt()
    hashed: bytes = bcrypt.hashpw(password.encode(), bcrypt.gensalt(12, b"2b"))
    return hashed.decode("ascii")


def is_hash_of(hashed: bytes, password: str) -> bool:
    """Return whether a bcrypt hash is one of a password.

    Raises:
        CredentialsError: the library for it is not installed.
    """
    try:
        same: bool = _bcrypt().checkpw(password.encode(), hashed)
    except ValueError:
        return False
    return same


def _bcrypt() -> ModuleType:
    try:
        import bcrypt
    except ImportError as error:
        raise CredentialsError(
            "The password of a ComfyUI-Login needs a library that is not installed: "
            "pip install 'comfy-atelier[deploy]'."
        ) from error
    return bcrypt
