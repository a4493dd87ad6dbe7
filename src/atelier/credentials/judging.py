"""Says what is wrong with a value that a copy holds, without repeating it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from atelier.credentials import env_file
from atelier.credentials.contents import Contents
from atelier.credentials.drift import Reason
from atelier.credentials.kind import Kind, bcrypt_cost, is_bcrypt, is_gateway_token
from atelier.credentials.making import is_hash_of
from atelier.errors import CredentialsError

#: A bcrypt hash of a higher cost, which somebody else wrote, would take minutes to try.
_HIGHEST_COST = 14
#: Fewer characters in common say nothing.
_CUT_AT_LEAST = 8


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What is wrong with a value."""

    reason: Reason
    told: str


_FORM = {
    Reason.TRAILING_NEWLINE: "A line break follows the value, which some readers take for a part of it.",
    Reason.CRLF: "The line ends as on Windows, and readers elsewhere take a carriage return into the value.",
    Reason.SPACES: "Spaces stand around the value, which some readers take for a part of it.",
    Reason.QUOTED: "The value stands in quotation marks that some readers take for a part of it.",
    Reason.UNQUOTED: "The value has a character that shells and Compose replace outside single quotes.",
}


def bare_faults(raw: str) -> tuple[str, list[Fault]]:
    """Return a value that should stand for itself, without what is around it, and what that was."""
    core, faults = _without_line_end(raw)
    core = _without_spaces(core, faults)
    inner = _unquoted(core)
    if inner is not None:
        faults.append(_form(Reason.QUOTED))
        core = inner
    if core.lower().startswith("bearer "):
        told = "The value begins with the word Bearer, which stands in a request and not in a file."
        faults.append(Fault(reason=Reason.WRONG_FORMAT, told=told))
        core = core[7:].strip()
    return core, faults


def env_faults(raw: str, *, spaced: bool) -> tuple[str, list[Fault]]:
    """Return a value as an env file holds it, without what is around it, and what was wrong about that."""
    core, faults = _without_line_end(raw)
    before = core
    core = core.strip()
    if spaced or core != before:
        faults.append(_form(Reason.SPACES))
    inner = _unquoted(core)
    if inner is None:
        if env_file.needs_quotes(core):
            faults.append(_form(Reason.UNQUOTED))
        return core, faults
    if core[0] == '"':
        inner = re.sub(r'\\([\\"$`])', r"\1", inner)
    if core[0] == '"' or not env_file.needs_quotes(inner):
        faults.append(_form(Reason.QUOTED))
    return inner, faults


def value_faults(contents: Contents, name: str, core: str) -> Iterator[Fault]:
    """Give what is wrong with a value that should be a secret of this name; nothing where it is that."""
    entry = contents.secrets[name]
    digest = contents.digest(_bytes(core))
    if digest == contents.digest(_bytes(entry.value.get_secret_value())):
        return
    if not core:
        yield Fault(reason=Reason.EMPTY, told="There is no value.")
        return
    for each in entry.earlier:
        if each.digest == digest:
            told = f"It is what {name} was until {day(each.replaced_at)}."
            yield Fault(reason=Reason.STALE, told=told)
            return
    related = {entry.hash_of} | {each for each, other in contents.secrets.items() if other.hash_of == name}
    for other_name, other in contents.secrets.items():
        if other_name == name:
            continue
        now = digest == contents.digest(_bytes(other.value.get_secret_value()))
        if not now and all(each.digest != digest for each in other.earlier):
            continue
        which = other_name if now else f"an earlier {other_name}"
        if other_name in related and entry.kind is Kind.LOGIN_HASH:
            told = f"It is the password ({which}) in clear, where ComfyUI-Login wants its bcrypt hash."
            yield Fault(reason=Reason.WRONG_FORMAT, told=told)
        elif other_name in related:
            told = f"It is the bcrypt hash ({which}), where the password is wanted."
            yield Fault(reason=Reason.WRONG_FORMAT, told=told)
        else:
            yield Fault(reason=Reason.SWAPPED, told=f"It is {which}.")
        return
    yield _unknown(contents, name, core)


def _unknown(contents: Contents, name: str, core: str) -> Fault:
    entry = contents.secrets[name]
    value = entry.value.get_secret_value()
    if len(core) >= _CUT_AT_LEAST and value.startswith(core):
        told = f"It is {name} cut off after {len(core)} of {len(value)} characters."
        return Fault(reason=Reason.EDITED, told=told)
    if entry.kind is Kind.LOGIN_HASH:
        if not is_bcrypt(_bytes(core)):
            told = "It is no bcrypt hash, which ComfyUI-Login's token is; perhaps a password in clear."
            return Fault(reason=Reason.WRONG_FORMAT, told=told)
        return _other_hash(contents, name, core)
    if entry.kind is Kind.GATEWAY and not is_gateway_token(core):
        told = "It has not the form of a gateway's token, which begins with atl_."
        return Fault(reason=Reason.WRONG_FORMAT, told=told)
    if entry.kind is Kind.LOGIN and is_bcrypt(_bytes(core)):
        told = "It is a bcrypt hash, where the password is wanted."
        return Fault(reason=Reason.WRONG_FORMAT, told=told)
    return Fault(reason=Reason.EDITED, told=f"It is a value that {name} never was.")


def _other_hash(contents: Contents, name: str, core: str) -> Fault:
    password = contents.secrets.get(contents.secrets[name].hash_of or "")
    hashed = _bytes(core)
    unknown = Fault(reason=Reason.EDITED, told=f"It is a bcrypt hash that {name} never was.")
    if password is None or bcrypt_cost(hashed) > _HIGHEST_COST:
        return unknown
    try:
        same = is_hash_of(hashed, password.value.get_secret_value())
    except CredentialsError as error:
        return Fault(
            reason=Reason.EDITED, told=f"{unknown.told} Whether it is one of the password is open: {error}"
        )
    if not same:
        return Fault(reason=Reason.EDITED, told="It is a bcrypt hash of another password.")
    return Fault(
        reason=Reason.REHASHED,
        told="It is another bcrypt hash of the right password: people can sign in, and the bearer token of "
        "every other copy is refused.",
    )


def _without_line_end(raw: str) -> tuple[str, list[Fault]]:
    core = raw.rstrip("\r\n")
    if "\r" in raw[len(core) :]:
        return core, [_form(Reason.CRLF)]
    if core != raw:
        return core, [_form(Reason.TRAILING_NEWLINE)]
    return core, []


def _without_spaces(core: str, faults: list[Fault]) -> str:
    if core != core.strip():
        faults.append(_form(Reason.SPACES))
    return core.strip()


def _unquoted(core: str) -> str | None:
    if len(core) > 1 and core[0] == core[-1] and core[0] in "\"'":
        return core[1:-1]
    return None


def _form(reason: Reason) -> Fault:
    return Fault(reason=reason, told=_FORM[reason])


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def day(seconds: float) -> str:
    """Return a time, given in seconds since 1970, as people read it."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC")
