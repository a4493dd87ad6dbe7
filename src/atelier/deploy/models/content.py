"""Reads the bytes of files: for their checksum, and to copy them."""

from __future__ import annotations

import asyncio
import hashlib
import os
from pathlib import Path

from atelier.deploy.models.events import Meter, Tell
from atelier.deploy.models.offer import Offer
from atelier.deploy.models.part import Identity, Part
from atelier.errors import DeployError, ModelFileDamaged

_PIECE = 4 * 2**20


async def sha256_of(path: Path, key: str, tell: Tell) -> str:
    """Return the SHA-256 of a file, in hex, and tell how far the reading is.

    Raises:
        DeployError: it cannot be read.
    """
    digest = hashlib.sha256()
    try:
        with await asyncio.to_thread(path.open, "rb") as file:
            meter = Meter(tell, key, "checking", os.fstat(file.fileno()).st_size)
            done = 0
            while piece := await asyncio.to_thread(file.read, _PIECE):
                digest.update(piece)
                done += len(piece)
                meter.at(done)
    except OSError as error:
        raise DeployError(f"Cannot read {path}: {error.strerror or error}.") from error
    return digest.hexdigest()


async def copy(offer: Offer, part: Part, tell: Tell) -> str:
    """Copy a file of this machine into a part, and return its SHA-256.

    Raises:
        ModelFileDamaged: it has other bytes than are known; nothing of it is kept.
        DeployError: it cannot be read or written.
    """
    source = Path(offer.place)
    identity = Identity(address=str(source), sha256=offer.sha256)
    await part.open(identity, Meter(tell, offer.key, "checking", part.waiting))
    try:
        with await asyncio.to_thread(source.open, "rb") as file:
            file.seek(part.size)
            meter = Meter(tell, offer.key, "copying", offer.size)
            while piece := await asyncio.to_thread(file.read, _PIECE):
                part.write(piece)
                meter.at(part.size)
    except OSError as error:
        raise DeployError(f"Cannot read {source}: {error.strerror or error}.") from error
    digest = part.digest()
    if offer.sha256 not in (None, digest):
        part.drop()
        raise ModelFileDamaged(
            f"{source} has the SHA-256 {digest} instead of {offer.sha256}. Nothing of it was kept."
        )
    return digest
