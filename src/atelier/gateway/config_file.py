"""Reads the configuration from its file and the environment, and says what is wrong with it, and where."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_settings import SettingsError

from atelier.errors import ConfigInvalid
from atelier.gateway.config import PREFIX, Config
from atelier.workflows.nearest import nearest

#: Variables of the same prefix that other parts of Atelier read.
_FOREIGN = frozenset(
    {
        "ATELIER_BACKUP_PASSPHRASE",
        "ATELIER_BUILD_NETWORK",
        "ATELIER_CONFIG",
        "ATELIER_DATA_PACKAGES",
        "ATELIER_DEPLOYMENT",
        "ATELIER_SECOND_TOKEN",
        "ATELIER_SERVER",
        "ATELIER_TOKEN",
    }
)
_FOREIGN_PREFIXES = ("ATELIER_TEST_", "ATELIER_BENCH_")


def read_config(file: Path | None) -> Config:
    """Read the configuration.

    Args:
        file: A TOML file; None for the environment alone. Paths in it are relative to its directory, those
            of the environment to the working directory.

    Raises:
        ConfigInvalid: the file cannot be read, a key is unknown, or a value cannot be used; a line for each.
    """
    _refuse_unknown_variables()
    document = {} if file is None else _read_toml(file)
    base = Path.cwd() if file is None else file.absolute().parent
    try:
        return Config(**_with_whole_paths(document, base))
    except ValidationError as error:
        raise ConfigInvalid("\n".join(_told(error, file))) from error
    except SettingsError as error:
        cause = error.__cause__ or error
        raise ConfigInvalid(f"{_variable_named_in(str(error))}: it is no JSON ({cause}).") from error


def _read_toml(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigInvalid(f"{file}: it cannot be read ({error.strerror}).") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigInvalid(f"{file}: it is no TOML: {error}.") from error


def _with_whole_paths(document: dict[str, Any], base: Path) -> dict[str, Any]:
    whole = dict(document)
    for key in ("directory", "database", "artifacts", "first_admin_token_file"):
        if isinstance(whole.get(key), str):
            whole[key] = base / whole[key]
    if isinstance(whole.get("engines"), list):
        whole["engines"] = [
            {**each, "token_file": base / each["token_file"]}
            if isinstance(each, dict) and isinstance(each.get("token_file"), str)
            else each
            for each in whole["engines"]
        ]
    return whole


def _refuse_unknown_variables() -> None:
    known = {f"{PREFIX}{name.upper()}" for name in Config.model_fields}
    for name in sorted(os.environ):
        if not name.startswith(PREFIX) or name in _FOREIGN or name.startswith(_FOREIGN_PREFIXES):
            continue
        section = name.partition("__")[0]
        if section not in known:
            near = nearest(section, known)
            hint = "" if near is None else f" Perhaps {near} is meant."
            raise ConfigInvalid(f"{name}: the environment has this variable, and there is no such key.{hint}")


def _told(error: ValidationError, file: Path | None) -> Iterator[str]:
    for each in error.errors():
        place = each["loc"]
        key = ".".join(map(str, place))
        if each["type"] == "extra_forbidden":
            # Its value is not repeated: it may be a secret that somebody put in a wrong place.
            said = f"there is no such key.{_keys_beside(place)}"
        else:
            value = each["input"]
            harmless = isinstance(value, int | float) or (isinstance(value, str) and "@" not in value)
            said = each["msg"].removeprefix("Value error, ").rstrip(".") + "."
            said += f" It is {value!r}." if harmless else ""
        yield f"{_source_of(place, file)}{key + ': ' if key else ''}{said}"


def _source_of(place: tuple[int | str, ...], file: Path | None) -> str:
    for length in range(len(place), 0, -1):
        name = PREFIX + "__".join(str(part).upper() for part in place[:length])
        if name in os.environ:
            return f"{name} (environment): "
    return f"{file}: " if file is not None else ""


def _keys_beside(place: tuple[int | str, ...]) -> str:
    section: type[BaseModel] | None = Config
    for part in place[:-1]:
        field = section.model_fields.get(str(part)) if section is not None else None
        kind = field.annotation if field is not None else None
        section = kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None
    if section is None:
        return ""
    keys = tuple(section.model_fields)
    near = nearest(place[-1], keys)
    return f" Perhaps {near} is meant." if near is not None else f" There are {', '.join(keys)}."


def _variable_named_in(text: str) -> str:
    found = [name for name in Config.model_fields if f'"{name}"' in text]
    return f"{PREFIX}{found[0].upper()} (environment)" if found else "The environment"
