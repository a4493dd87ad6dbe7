"""The store: a folder that only its owner can enter, with one file that holds every secret.

.secrets/
    store.json    the secrets
    copies.toml   which files hold copies of them
    .gitignore    keeps all of it out of git
    lock          held while something is changed
"""

from __future__ import annotations

import secrets
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout
from pydantic import SecretStr

from atelier.credentials import private_file
from atelier.credentials.contents import Contents, Entry
from atelier.credentials.kind import (
    Kind,
    check_name,
    check_value,
    is_bcrypt,
    is_gateway_token,
    token_name_of,
)
from atelier.credentials.making import bcrypt_hash
from atelier.credentials.private_file import Exposure
from atelier.errors import CredentialsError, SecretUnknown, StoreInUse, StoreMissing, StoreUnsafe

#: How the folder is called, in the folder of what it is for.
FOLDER = ".secrets"

_FILE, _LOCK, _IGNORE = "store.json", "lock", ".gitignore"
COPIES = "copies.toml"

#: Seconds to wait for another program that changes the store.
_PATIENCE = 10.0

_FIRST_COPIES = b"""\
# Every file that holds a copy of a secret: docs/reference/credentials.md. Paths start at the folder above.
#
# [[copies]]
# file = "notebooks/.env"
# format = "env"
# values = { ATELIER_SERVER = "https://atelier.example" }
# secrets = { ATELIER_TOKEN = "notebook-token" }
"""


class Store:
    """Reads and changes the secrets of one folder; what it reads is what the file says at that moment."""

    def __init__(self, folder: Path, *, now: Callable[[], float] = time.time) -> None:
        self.folder = folder
        self._now = now
        self._lock = FileLock(folder / _LOCK, timeout=_PATIENCE, mode=0o600)

    @classmethod
    def create(cls, folder: Path, *, now: Callable[[], float] = time.time) -> Store:
        """Make an empty store; it is there whole or not at all.

        Raises:
            CredentialsError: something is there already, or nothing can be written there.
        """
        unfinished = folder.with_name(f"{folder.name}.{secrets.token_hex(6)}.atelier-tmp")
        try:
            if folder.is_symlink() or (folder.exists() and (not folder.is_dir() or any(folder.iterdir()))):
                raise CredentialsError(
                    f"{folder} is there already and is left as it is: use it, or choose another with --store."
                )
            folder.parent.mkdir(parents=True, exist_ok=True)
            unfinished.mkdir(mode=0o700)
            try:
                private_file.write(unfinished / _IGNORE, b"*\n")
                private_file.write(unfinished / COPIES, _FIRST_COPIES)
                private_file.write(unfinished / _FILE, Contents.empty().to_bytes())
                if folder.exists():
                    folder.rmdir()
                unfinished.rename(folder)
            finally:
                shutil.rmtree(unfinished, ignore_errors=True)
            private_file.sync_folder(folder.parent)
        except OSError as error:
            raise CredentialsError(f"No store can be made at {folder}: {error.strerror or error}.") from error
        return cls.open(folder, now=now)

    @classmethod
    def open(cls, folder: Path, *, now: Callable[[], float] = time.time) -> Store:
        """Return the store in a folder.

        Raises:
            StoreMissing: there is none.
            StoreUnsafe: others can read it, or it belongs to somebody else.
            CredentialsError: it cannot be read.
        """
        store = cls(folder, now=now)
        store.contents()
        return store

    @property
    def base(self) -> Path:
        """The folder that the paths of copies start at."""
        return self.folder.absolute().parent

    @property
    def files(self) -> tuple[Path, ...]:
        """What must not be in git."""
        return (self.folder / _FILE,)

    def contents(self) -> Contents:
        """Return all that the store holds at this moment; raises as `open`."""
        file = self.folder / _FILE
        try:
            self._refuse_unsafe(self.folder, folder=True)
            self._refuse_unsafe(file)
            return Contents.from_bytes(private_file.read(file))
        except FileNotFoundError as error:
            raise StoreMissing(
                f"There is no store of secrets at {self.folder}: make one with `atelier credentials init`, "
                "or name it with --store."
            ) from error
        except OSError as error:
            raise CredentialsError(f"{file} cannot be read: {error.strerror or error}.") from error
        except ValueError as error:
            raise CredentialsError(
                f"{file} is damaged or was written by another version: {error}. Restore it from a backup."
            ) from None

    def names(self) -> tuple[str, ...]:
        """Return the names of all secrets, in order; raises as `open`."""
        return tuple(sorted(self.contents().secrets))

    def get(self, name: str) -> SecretStr:
        """Return a secret, whose text `get_secret_value()` gives and nothing else shows.

        Raises:
            SecretUnknown: there is none of this name.
            CredentialsError: as `open`.
        """
        return self.entry(name).value

    def entry(self, name: str) -> Entry:
        """Return a secret with what is known of it; raises as `get`."""
        known = self.contents().secrets
        if name not in known:
            check_name(name)
            raise SecretUnknown(
                f"{self.folder} has no secret '{name}'; it has {', '.join(sorted(known)) or 'none yet'}. "
                f"Give it one with `atelier credentials set {name}`."
            )
        return known[name]

    def put(
        self, name: str, value: SecretStr | str, *, kind: Kind | None = None, account: str | None = None
    ) -> bool:
        """Keep a secret, in the place of what it was; return whether anything changed.

        A ComfyUI-Login password takes its token along: the hash, under the name that ends in -token.

        Args:
            name: What it is called.
            value: The secret itself.
            kind: Where it comes from; without it what it was, and `Kind.KEY` for a new one.
            account: The gateway's account that a token speaks for; without it what it was.

        Raises:
            StoreInUse: another program is changing the store, and goes on doing so.
            CredentialsError: the value cannot be of this kind, or the store cannot be written.
        """
        text = value if isinstance(value, str) else value.get_secret_value()
        check_name(name)
        with self.held():
            contents = self.contents()
            before = contents.secrets.get(name)
            kind = Kind(kind) if kind else before.kind if before is not None else _kind_of(name, text)
            check_value(name, kind, text)
            if before is not None and before.hash_of is not None and before.value.get_secret_value() != text:
                raise CredentialsError(f"{name} is made from {before.hash_of}: change that.")
            if kind is Kind.GATEWAY:
                account = account or (before.account if before is not None else None)
                if account is None:
                    raise CredentialsError(
                        f"{name} is a gateway's token: say with --account whose, or nobody could rotate it."
                    )
            elif account is not None:
                raise CredentialsError(f"{name} is a {kind}, which belongs to no account of the gateway.")
            at = self._now()
            changed = contents.changed(
                name,
                text,
                kind=kind,
                at=at,
                account=account,
                hash_of=before.hash_of if before is not None else None,
            )
            if kind is Kind.LOGIN:
                changed = _with_login_token(changed, before, name, text, at)
            if changed == contents:
                return False
            self._write(changed)
            return True

    def note_rotation(self, name: str, until: float | None) -> None:
        """Note that a new value of a secret is on its way; `put` forgets it, and so does None.

        Args:
            name: The secret.
            until: Seconds since 1970 at which the value that is here ends.

        Raises:
            SecretUnknown, StoreInUse, CredentialsError: as `get` and `put`.
        """
        with self.held():
            entry = self.entry(name).model_copy(update={"rotating_until": until})
            contents = self.contents()
            self._write(contents.model_copy(update={"secrets": {**contents.secrets, name: entry}}))

    def tidy(self) -> None:
        """Remove what writers that were killed left in the folder.

        Raises:
            CredentialsError: it cannot be removed.
        """
        with self.held():
            for each in private_file.leftovers(self.folder, (_FILE, COPIES)):
                try:
                    each.unlink(missing_ok=True)
                except OSError as error:
                    raise CredentialsError(f"{each} cannot be removed: {error.strerror or error}.") from error

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep every other program from changing the store for as long as the context lasts.

        Raises:
            StoreInUse: another program holds it, and goes on doing so for ten seconds.
            CredentialsError: as `open`.
        """
        # The lock would make a folder that is missing.
        self.contents()
        try:
            self._lock.acquire()
        except Timeout as error:
            raise StoreInUse(
                f"Another program is changing {self.folder}: try again when it is done."
            ) from error
        except OSError as error:
            raise CredentialsError(f"{self.folder} cannot be locked: {error.strerror or error}.") from error
        try:
            yield
        finally:
            self._lock.release()

    def _write(self, contents: Contents) -> None:
        try:
            private_file.write(self.folder / _FILE, contents.to_bytes())
        except OSError as error:
            raise CredentialsError(
                f"{self.folder / _FILE} cannot be written: {error.strerror or error}. It is as it was."
            ) from error

    def _refuse_unsafe(self, path: Path, *, folder: bool = False) -> None:
        what = "folder" if folder else "file"
        match private_file.exposure(path, folder=folder):
            case None:
                return
            case Exposure.READABLE:
                mode = "700" if folder else "600"
                raise StoreUnsafe(
                    f"Others can read {path}: chmod {mode} '{path}', and rotate what it holds if anybody "
                    "else works on this machine."
                )
            case Exposure.FOREIGN:
                raise StoreUnsafe(
                    f"{path} belongs to somebody else: be the user to whom it belongs, or take it over "
                    "with chown if you are sure of what is in it."
                )
            case Exposure.SYMLINK:
                raise StoreUnsafe(f"{path} is a symbolic link: put the {what} itself there.")
            case Exposure.NOT_REGULAR:
                raise StoreUnsafe(f"{path} is no {what}: remove it, or choose another with --store.")


def _kind_of(name: str, value: str) -> Kind:
    """Return the kind of a new secret for which none was named.

    Raises:
        CredentialsError: its form says that it is of another kind than most.
    """
    for kind, found in (
        (Kind.GATEWAY, is_gateway_token(value)),
        (Kind.LOGIN_HASH, is_bcrypt(value.encode())),
    ):
        if found:
            raise CredentialsError(
                f"{name} is not changed: the value looks like a {kind}; say so with --kind."
            )
    return Kind.KEY


def _with_login_token(
    contents: Contents, before: Entry | None, name: str, password: str, at: float
) -> Contents:
    token_name = token_name_of(name)
    token = contents.secrets.get(token_name)
    if token is not None and token.hash_of != name:
        raise CredentialsError(
            f"{token_name} was set by itself, and {name} would make another: give the password another name."
        )
    if token is not None and before is not None and before.value.get_secret_value() == password:
        return contents
    return contents.changed(token_name, bcrypt_hash(password), kind=Kind.LOGIN_HASH, at=at, hash_of=name)
