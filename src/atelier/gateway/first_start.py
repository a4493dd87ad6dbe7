"""The first admin: made at the first start, with a token that a file says or that is written into one."""

from __future__ import annotations

import os
from pathlib import Path

from atelier.errors import ConfigInvalid, RequestInvalid, ServiceError
from atelier.gateway.administration import Administration
from atelier.storage.token import well_formed

#: Who stands in the audit log for what the service does by itself.
_ACTOR = "atelier"


async def ensure_admin(administration: Administration, file: Path, given: Path | None = None) -> Path | None:
    """Make an admin where nobody can administer the service; return the file that holds its token.

    Args:
        administration: Makes the admin.
        file: Where a new token is written.
        given: A file that holds the token to be issued; nothing is written then.

    Raises:
        ConfigInvalid: the given file cannot be read, or holds no token that can be issued.
        ServiceError: the file cannot be written. Then there is no admin, and the service must not start.
    """
    if given is not None:
        try:
            issued = await administration.first_admin(_read(given))
        except RequestInvalid as error:
            raise ConfigInvalid(
                f"first_admin_token_file: the token in {given} was issued before and has ended. Issue "
                "another while the service is stopped: atelier credentials rotate admin-token --offline."
            ) from error
        return None if issued is None else given
    issued = await administration.first_admin()
    if issued is None:
        return None
    try:
        _write(file, issued.secret)
    except OSError as error:
        # A token that nobody has seen would keep the next start from making another.
        await administration.revoke(_ACTOR, issued.token.id)
        raise ServiceError(
            f"The first admin's token cannot be written to {file}: {error.strerror or error}. "
            "Without an admin the service does not start: choose a directory that it can write."
        ) from error
    return file


def _read(file: Path) -> str:
    try:
        secret = file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text"
        raise ConfigInvalid(f"first_admin_token_file: {file} cannot be read: {reason}.") from None
    if not well_formed(secret):
        raise ConfigInvalid(
            f"first_admin_token_file: {file} holds no token: one begins with atl_ and has 54 characters. "
            "atelier credentials set admin-token --make --kind gateway-token --account admin makes one."
        )
    return secret


def _write(file: Path, secret: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    # Left by an earlier admin, perhaps with other permissions.
    file.unlink(missing_ok=True)
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as opened:
        opened.write(f"{secret}\n")
