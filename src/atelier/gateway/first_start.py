"""The first admin: made at the first start, with a token in a file that only its owner reads."""

from __future__ import annotations

import os
from pathlib import Path

from atelier.errors import ServiceError
from atelier.gateway.administration import Administration

#: Who stands in the audit log for what the service does by itself.
_ACTOR = "atelier"


async def ensure_admin(administration: Administration, file: Path) -> bool:
    """Make an admin where nobody can administer the service; return whether a token was written to the file.

    Raises:
        ServiceError: the file cannot be written. Then there is no admin, and the service must not start.
    """
    issued = await administration.first_admin()
    if issued is None:
        return False
    try:
        _write(file, issued.secret)
    except OSError as error:
        # A token that nobody has seen would keep the next start from making another.
        await administration.revoke(_ACTOR, issued.token.id)
        raise ServiceError(
            f"The first admin's token cannot be written to {file}: {error.strerror or error}. "
            "Without an admin the service does not start: choose a directory that it can write."
        ) from error
    return True


def _write(file: Path, secret: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    # Left by an earlier admin, perhaps with other permissions.
    file.unlink(missing_ok=True)
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as opened:
        opened.write(f"{secret}\n")
