"""What kinds of secrets there are, and what their values may look like."""

from __future__ import annotations

import re
from enum import StrEnum

from atelier.errors import CredentialsError

#: Names of secrets.
NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", re.ASCII)
_LONGEST_NAME = 64
_LONGEST_VALUE = 4096

#: What bcrypt takes of a password, in bytes of UTF-8.
_BCRYPT_LIMIT = 72

_TOKEN_FORM = re.compile(r"atl_[A-Za-z0-9_-]{43}_[0-9a-f]{6}", re.ASCII)
_BCRYPT = re.compile(rb"\$2[abxy]\$(\d\d)\$[./A-Za-z0-9]{53}")

#: What the name of a ComfyUI-Login password ends in, and that of the token which is made from it.
PASSWORD_ENDING, TOKEN_ENDING = "-password", "-token"


class Kind(StrEnum):
    """Where a secret comes from, which says how it is made anew."""

    #: A token of an account of the gateway, which issues it.
    GATEWAY = "gateway-token"
    #: A password that Atelier makes, such as that of Grafana's admin.
    MADE = "password"
    #: A key that somebody else issues, such as a provider of pictures or a model hub.
    KEY = "key"
    #: The password of people in front of a ComfyUI with ComfyUI-Login.
    LOGIN = "login-password"
    #: The bearer token of such a ComfyUI: the bcrypt hash of the password.
    LOGIN_HASH = "login-token"


def is_bcrypt(value: bytes) -> bool:
    """Return whether a value is a bcrypt hash, in any of the prefixes that bcrypt reads."""
    return _BCRYPT.fullmatch(value) is not None


def bcrypt_cost(value: bytes) -> int:
    """Return the cost of a bcrypt hash, a power of two; 0 where it is none."""
    match = _BCRYPT.fullmatch(value)
    return int(match[1]) if match else 0


def check_name(name: str) -> None:
    """Return if a secret can have this name.

    Raises:
        CredentialsError: it cannot. The text is not repeated: it may be a secret in a name's place.
    """
    if not NAME.fullmatch(name) or len(name) > _LONGEST_NAME:
        raise CredentialsError(
            "The name of a secret has small letters, digits and single hyphens, such as huggingface-token, "
            f"and at most {_LONGEST_NAME} of them."
        )


def check_value(name: str, kind: Kind, value: str) -> None:
    """Return if a value can be a secret of this kind.

    Raises:
        CredentialsError: it cannot; the message says why, and never repeats it.
    """
    fault = _fault(kind, value)
    if fault is not None:
        raise CredentialsError(f"{name} is not changed: the value {fault}.")


def _fault(kind: Kind, value: str) -> str | None:
    if not value:
        return "is empty"
    if len(value) > _LONGEST_VALUE:
        return f"has more than {_LONGEST_VALUE} characters"
    if value.startswith("\ufeff"):
        return "begins with a byte order mark; save the file that it comes from as UTF-8 without one"
    if any(not each.isprintable() for each in value):
        return "has a line break or another character that cannot be printed"
    if value != value.strip():
        return "begins or ends with a space"
    if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
        return "stands in quotation marks; give it without"
    return _fault_of_kind(kind, value)


def _fault_of_kind(kind: Kind, value: str) -> str | None:
    if kind is Kind.GATEWAY and not _TOKEN_FORM.fullmatch(value):
        return "is no token of a gateway: those begin with atl_ and have 54 characters"
    if kind is Kind.LOGIN_HASH and not is_bcrypt(value.encode()):
        return (
            "is no bcrypt hash, which ComfyUI-Login's token is: it begins with $2b$ and has 60 characters; "
            "it is the first line of the file login/PASSWORD, not the password"
        )
    if kind is Kind.LOGIN:
        if len(value.encode()) > _BCRYPT_LIMIT:
            return f"has more than {_BCRYPT_LIMIT} bytes, beyond which bcrypt does not look"
        if is_bcrypt(value.encode()):
            return "is a bcrypt hash, which is ComfyUI-Login's token and not its password"
    return None


def is_gateway_token(value: str) -> bool:
    """Return whether a value has the form of a gateway's token."""
    return _TOKEN_FORM.fullmatch(value) is not None


def token_name_of(password_name: str) -> str:
    """Return the name of the token that is made from a ComfyUI-Login password.

    Raises:
        CredentialsError: the password's name does not end in -password.
    """
    if not password_name.endswith(PASSWORD_ENDING):
        raise CredentialsError(
            f"The name of a {Kind.LOGIN} ends in {PASSWORD_ENDING}, such as comfyui-login-password: "
            f"its token is kept beside it under a name that ends in {TOKEN_ENDING}."
        )
    return password_name.removesuffix(PASSWORD_ENDING) + TOKEN_ENDING
