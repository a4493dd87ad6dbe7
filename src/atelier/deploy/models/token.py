"""The token with which the hub gives gated models."""

from __future__ import annotations

import os
from pathlib import Path

from atelier.credentials.store import Store

#: How the store calls it.
TOKEN = "huggingface-token"  # noqa: S105  # a name


def hub_token(secrets: Path | None) -> str | None:
    """Return the store's token, or else the environment's (HF_TOKEN); None where there is none.

    Args:
        secrets: The folder of the store, which need not be there.

    Raises:
        CredentialsError: the store cannot be read, or others can.
    """
    if secrets is not None and secrets.exists():
        store = Store.open(secrets)
        if TOKEN in store.names():
            return store.get(TOKEN).get_secret_value()
    return os.environ.get("HF_TOKEN") or None
