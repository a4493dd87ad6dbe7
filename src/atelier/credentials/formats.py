"""What a copy should hold, and what is wrong with what it holds."""

from __future__ import annotations

import codecs
from collections.abc import Iterator

from atelier.credentials import env_file
from atelier.credentials.contents import Contents
from atelier.credentials.copies import Copy, EnvCopy, LoginCopy
from atelier.credentials.drift import Reason
from atelier.credentials.judging import Fault, bare_faults, env_faults, value_faults

#: Where in a copy, the secret, and what is wrong.
Found = tuple[str | None, str | None, Fault]

#: What a line of ComfyUI-Login's file is called.
FIRST_LINE, SECOND_LINE = "line 1", "line 2 (user name)"


def wanted(copy: Copy, present: bytes, contents: Contents) -> bytes:
    """Return what a copy should hold; of an env file the lines that are somebody else's stay.

    Raises:
        KeyError: the store has not all of its secrets.
        CredentialsError: a value cannot be written in this format.
    """
    values = {name: contents.secrets[name].value.get_secret_value() for name in copy.names}
    if isinstance(copy, EnvCopy):
        text, _ = _decoded(present)
        entries = {variable: values[name] for variable, name in copy.secrets.items()} | copy.values
        for variable, value in entries.items():
            text = env_file.with_entry(text, variable, value)
        return text.encode("utf-8", "surrogateescape")
    if isinstance(copy, LoginCopy):
        return f"{values[copy.secret]}\n{copy.user}".encode()
    return values[copy.secret].encode()


def faults(copy: Copy, present: bytes, contents: Contents) -> Iterator[Found]:
    """Give what is wrong with what a copy holds; secrets that the store does not have are left out."""
    text, of_encoding = _decoded(present)
    if of_encoding is not None:
        yield None, None, of_encoding
    if isinstance(copy, EnvCopy):
        yield from _env(copy, text, contents)
    elif isinstance(copy, LoginCopy):
        yield from _login(copy, text, contents)
    elif copy.secret in contents.secrets:
        core, of_form = bare_faults(text)
        for fault in (*of_form, *value_faults(contents, copy.secret, core)):
            yield None, copy.secret, fault


def _env(copy: EnvCopy, text: str, contents: Contents) -> Iterator[Found]:
    pieces = list(env_file.pieces(text))
    known = {variable: name for variable, name in copy.secrets.items() if name in contents.secrets}
    for variable in (*known, *copy.values):
        secret = known.get(variable)
        found = [each for each in pieces if each.name == variable]
        if not found:
            yield variable, secret, Fault(reason=Reason.MISSING, told="The file has no such variable.")
            continue
        if len(found) > 1:
            told = f"The variable stands there {len(found)} times, and readers differ in which they take."
            yield variable, secret, Fault(reason=Reason.TWICE, told=told)
        core, of_form = env_faults(found[-1].raw, spaced=found[-1].spaced)
        for fault in of_form:
            yield variable, secret, fault
        if secret is not None:
            for fault in value_faults(contents, secret, core):
                yield variable, secret, fault
        elif core != copy.values[variable]:
            told = f"It is not {copy.values[variable]!r}, as the list of copies says."
            yield variable, None, Fault(reason=Reason.EDITED, told=told)


def _login(copy: LoginCopy, text: str, contents: Contents) -> Iterator[Found]:
    first, _, rest = text.partition("\n")
    if copy.secret in contents.secrets:
        core, of_form = bare_faults(first)
        for fault in (*of_form, *value_faults(contents, copy.secret, core)):
            yield FIRST_LINE, copy.secret, fault
    # ComfyUI-Login takes the second line without what is around it.
    user = rest.partition("\n")[0].strip()
    if not user:
        told = (
            "There is no user name: ComfyUI-Login would ask for one at the next sign-in and write the file."
        )
        yield SECOND_LINE, None, Fault(reason=Reason.MISSING, told=told)
    elif user != copy.user:
        told = f"It is not {copy.user!r}, as the list of copies says."
        yield SECOND_LINE, None, Fault(reason=Reason.EDITED, told=told)


def _decoded(content: bytes) -> tuple[str, Fault | None]:
    """Return a file's text, and what is wrong with its encoding."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        told = "The file is UTF-16, as PowerShell writes it, and readers elsewhere want UTF-8."
        text = content.decode("utf-16", "replace")
        return text, Fault(reason=Reason.BOM, told=told)
    if content.startswith(codecs.BOM_UTF8):
        told = "The file begins with a byte order mark, which readers take for a part of its first word."
        text = content.removeprefix(codecs.BOM_UTF8).decode("utf-8", "surrogateescape")
        return text, Fault(reason=Reason.BOM, told=told)
    return content.decode("utf-8", "surrogateescape"), None
