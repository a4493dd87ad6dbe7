"""The two accounts with which a service is looked at: a student's each, whose tokens the store keeps.

They stay, for the daily proof needs them too; what they drew is deleted when it was looked at.
"""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import SecretStr

from atelier.client.protocol import Transport
from atelier.credentials.kind import Kind
from atelier.credentials.store import FOLDER, Store
from atelier.deploy.secrets import ADMIN
from atelier.errors import AnswerUnusable, AtelierError, NotFound, NotSignedIn, SetupError
from atelier.setup.setting import Setting

#: Name of the account to the name of its token in the store.
ACCOUNTS = {"verification-1": "verification-1-token", "verification-2": "verification-2-token"}

_API = "/atelier/api"
_PATIENCE = 30.0
_LARGEST = 2**20


@dataclass(frozen=True, kw_only=True)
class Tokens:
    """A token of each account."""

    first: SecretStr
    second: SecretStr
    #: The accounts and tokens that were made just now.
    made: tuple[str, ...] = ()


async def ready(setting: Setting, tls: ssl.SSLContext) -> Tokens:
    """Return tokens that the service takes; accounts and tokens that are missing are made.

    Raises:
        SetupError: an account of that name is switched off, or is no student's.
        ClientError: the service does not answer, or does not take the admin's token.
        CredentialsError: the store cannot be read or written.
    """
    store = Store.open(setting.directory / FOLDER)
    tokens, made = [], []
    for account, secret in ACCOUNTS.items():
        token = await _working(setting, store, secret, tls)
        if token is None:
            token = await _issued(setting, store, account, secret, tls)
            made.append(account)
        tokens.append(token)
    return Tokens(first=tokens[0], second=tokens[1], made=tuple(made))


def known(setting: Setting) -> Sequence[str]:
    """Return the accounts whose tokens the store has; raises CredentialsError."""
    folder = setting.directory / FOLDER
    names = Store.open(folder).names() if folder.is_dir() else ()
    return [account for account, secret in ACCOUNTS.items() if secret in names]


async def tidy(setting: Setting, tls: ssl.SSLContext) -> None:
    """Delete what the accounts drew and uploaded; raises as `ready`."""
    store = Store.open(setting.directory / FOLDER)
    for secret in ACCOUNTS.values():
        if secret in store.names():
            async with _transport(setting, store.get(secret), tls) as transport:
                await transport.request("DELETE", f"{_API}/me/data")


async def _working(setting: Setting, store: Store, secret: str, tls: ssl.SSLContext) -> SecretStr | None:
    """Return the store's token if there is one and the service takes it."""
    if secret not in store.names():
        return None
    token = store.get(secret)
    async with _transport(setting, token, tls) as transport:
        try:
            await transport.get_json(f"{_API}/me")
        except NotSignedIn:
            return None
    return token


async def _issued(
    setting: Setting, store: Store, account: str, secret: str, tls: ssl.SSLContext
) -> SecretStr:
    """Have the admin issue a token, after the account was added where it is missing, and keep it."""
    async with _transport(setting, store.get(ADMIN), tls) as transport:
        try:
            there = await transport.get_json(f"{_API}/accounts/{account}")
        except NotFound:
            answer = await transport.request(
                "POST", f"{_API}/accounts", document={"name": account, "role": "student"}
            )
            there = transport.json_of(answer)
        if there.get("disabled") or there.get("role") != "student":
            raise SetupError(
                f"The account {account} is switched off, or is no student's, and setting up looks at the "
                f"service with it: put it right with `atelier users change`, or remove it."
            )
        # In the place of one that was issued and could not be kept.
        answer = await transport.request("POST", f"{_API}/accounts/{account}/tokens/reissue")
        issued = transport.json_of(answer)
    try:
        token = SecretStr(issued["token"])
    except (KeyError, TypeError) as error:
        raise AnswerUnusable(f"The service issued no token for {account}.") from error
    store.put(secret, token, kind=Kind.GATEWAY, account=account)
    return token


def _transport(setting: Setting, token: SecretStr, tls: ssl.SSLContext) -> Transport:
    return Transport(
        setting.deployment.address.url,
        token=token.get_secret_value(),
        request_timeout=_PATIENCE,
        answer_limit=_LARGEST,
        tls=tls,
    )


async def tidied(setting: Setting, tls: ssl.SSLContext) -> str | None:
    """Delete what the accounts made; return why it could not be done."""
    try:
        await tidy(setting, tls)
    except AtelierError as error:
        return str(error)
    return None
