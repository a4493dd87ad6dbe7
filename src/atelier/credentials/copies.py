"""The written list of every file that holds a copy of a secret: `.secrets/copies.toml`."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from atelier.credentials import env_file, private_file
from atelier.credentials.kind import NAME
from atelier.credentials.store import COPIES, Store
from atelier.errors import CopiesInvalid

SecretName = Annotated[str, Field(pattern=f"^{NAME.pattern}$")]
VariableName = Annotated[str, Field(pattern=f"^{env_file.NAME.pattern}$")]
#: Without characters that a line of TOML or of an env file cannot have.
Line = Annotated[str, Field(pattern=r"^[^\x00-\x1f\x7f]*$", max_length=4096)]


class _Copy(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    file: Annotated[Line, Field(min_length=1, description="The file; from the folder that holds the store.")]
    mode: Literal["600", "640", "644"] = Field(
        default="600",
        description="Permissions. More than `600` only in a folder that others cannot enter or below the "
        "store, for a container whose user is another.",
    )
    restart: Line | None = Field(
        default=None, description="What reads the file only when it starts, and is told after each change."
    )

    @property
    def permissions(self) -> int:
        return int(self.mode, 8)


class EnvCopy(_Copy):
    """Variables in an env file; its other lines belong to others."""

    format: Literal["env"] = "env"
    secrets: dict[VariableName, SecretName] = Field(default={}, description="Variable to name of the secret.")
    values: dict[VariableName, Line] = Field(
        default={}, description="Variable to a value that is no secret, such as an address."
    )

    @model_validator(mode="after")
    def _names_differ(self) -> EnvCopy:
        twice = sorted(self.secrets.keys() & self.values.keys())
        if twice:
            raise ValueError(f"{twice[0]} stands in both secrets and values")
        if not self.secrets and not self.values:
            raise ValueError("it names neither secrets nor values")
        return self

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self.secrets.values()))


class TokenCopy(_Copy):
    """A file that holds a secret and nothing else, not even a line break."""

    format: Literal["token"] = "token"
    secret: SecretName

    @property
    def names(self) -> tuple[str, ...]:
        return (self.secret,)


class LoginCopy(_Copy):
    """ComfyUI-Login's `login/PASSWORD`: the bcrypt hash, and the user name in the second line."""

    format: Literal["comfyui-login"] = "comfyui-login"
    secret: SecretName = Field(description="The token, not the password.")
    user: Annotated[Line, Field(min_length=1)] = "atelier"

    @property
    def names(self) -> tuple[str, ...]:
        return (self.secret,)


Copy = EnvCopy | TokenCopy | LoginCopy

_LIST: TypeAdapter[tuple[Copy, ...]] = TypeAdapter(
    tuple[Annotated[Copy, Field(discriminator="format")], ...],
    config=ConfigDict(hide_input_in_errors=True),
)


def read_copies(store: Store) -> tuple[Copy, ...]:
    """Return the copies of a store's secrets; none where there is no list.

    Raises:
        CopiesInvalid: the list cannot be read or used; a line for each fault, without any value.
    """
    file = store.folder / COPIES
    try:
        copies = from_toml(private_file.read(file).decode("utf-8"), str(file))
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise CopiesInvalid(f"{file} cannot be read: {error.strerror or error}.") from error
    except UnicodeDecodeError as error:
        raise CopiesInvalid(f"{file} is no TOML: {error}.") from error
    _refuse_twice(store, copies)
    return copies


def from_toml(text: str, where: str) -> tuple[Copy, ...]:
    """Return the copies that a text names.

    Raises:
        CopiesInvalid: it cannot be used; a line for each fault, which begins with `where`.
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise CopiesInvalid(f"{where} is no TOML: {error}.") from error
    unknown = sorted(document.keys() - {"copies"})
    if unknown:
        raise CopiesInvalid(f"{where}: {unknown[0]}: there is no such key. There is only [[copies]].")
    try:
        return _LIST.validate_python(document.get("copies", []))
    except ValidationError as error:
        raise CopiesInvalid("\n".join(f"{where}: {each}" for each in _told(error))) from None


def write_copies(store: Store, copies: Sequence[Copy]) -> None:
    """Put a list of copies in the place of what was there.

    Raises:
        CopiesInvalid: one of them cannot be, or the list cannot be written.
    """
    _refuse_twice(store, copies)
    with store.held():
        try:
            private_file.write(store.folder / COPIES, to_toml(copies).encode())
        except OSError as error:
            raise CopiesInvalid(f"{COPIES} cannot be written: {error.strerror or error}.") from error


def to_toml(copies: Sequence[Copy]) -> str:
    """Return the text that names some copies."""
    text = "# Every file that holds a copy of a secret: docs/reference/credentials.md.\n"
    for each in copies:
        document = each.model_dump(exclude_none=True)
        text += "\n[[copies]]\n" + "".join(f"{key} = {_toml(value)}\n" for key, value in document.items())
    return text


def place_of(store: Store, copy: Copy) -> Path:
    """Return where a copy lies; its last part may be a symbolic link."""
    return store.base / copy.file


def lies_open(store: Store, copy: Copy) -> bool:
    """Return whether others on this machine reach a copy that is to have more permissions than mode 600.

    Raises:
        OSError: its folder cannot be looked at.
    """
    folder = place_of(store, copy).parent
    if copy.mode == "600" or below_store(store, folder):
        return False
    return private_file.exposure(folder, folder=True) is not None


def below_store(store: Store, folder: Path) -> bool:
    """Return whether a folder, which need not be there, is the store's or in it."""
    return folder.resolve().is_relative_to(store.folder.resolve())


def _refuse_twice(store: Store, copies: Sequence[Copy]) -> None:
    seen: dict[Path, str] = {}
    for each in copies:
        place = place_of(store, each)
        place = place.parent.resolve() / place.name
        if place in seen:
            raise CopiesInvalid(f"{COPIES}: {each.file} and {seen[place]} are the same file: keep one.")
        if place.parent == store.folder.resolve():
            raise CopiesInvalid(f"{COPIES}: {each.file} lies in the store itself: choose another folder.")
        seen[place] = each.file


def _told(error: ValidationError) -> list[str]:
    told = []
    for each in error.errors(include_input=False, include_url=False):
        place = [str(part) for part in each["loc"]]
        number = f"copy {int(place[0]) + 1}" if place and place[0].isdigit() else "copies"
        key = ".".join(part for part in place[2:] if part != "[key]")
        said = (
            "there is no such key"
            if each["type"] == "extra_forbidden"
            else each["msg"].removeprefix("Value error, ")
        )
        told.append(f"{number}{': ' + key if key else ''}: {said}.")
    return told


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_toml(each)}" for key, each in value.items()) + " }"
    # A JSON text without control characters is one of TOML too.
    return json.dumps(value, ensure_ascii=False)
