"""What only the machine itself tells of a deployment: disk, containers, networks, GPU, copies of secrets."""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import dataclass
from pathlib import Path

from atelier.verify.outcome import Failed

#: Seconds that a program may take to say how the machine is.
_PATIENCE = 15.0
#: What the failure of a program means.
_CODES = {"docker": "containers", "nvidia-smi": "driver"}


@dataclass(frozen=True, kw_only=True)
class Machine:
    """A deployment's directory on this machine; recorded answers can stand in for its programs."""

    directory: Path

    async def says(self, *command: str) -> str | None:
        """Return what a program prints; None where the machine does not have it.

        Raises:
            Failed: it fails, or does not end.
        """
        if shutil.which(command[0]) is None:
            return None
        process = await asyncio.create_subprocess_exec(
            *command,
            cwd=self.directory,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            async with asyncio.timeout(_PATIENCE):
                out, err = await process.communicate()
        except TimeoutError as error:
            raise Failed(
                "late", f"{command[0]} does not end within {_PATIENCE:g} s.", "See what it waits for."
            ) from error
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode:
            said = err.decode(errors="replace").strip()[:200]
            raise Failed(
                _CODES.get(command[0], "unexpected"),
                f"{' '.join(command[:2])} failed with {process.returncode}: {said}",
                f"Make `{' '.join(command[:2])}` work on this machine first.",
            )
        return out.decode(errors="replace")

    def disk(self, folder: Path) -> tuple[int, int]:
        """Return the bytes of the disk that a folder is on, and those that are free.

        Raises:
            OSError: the folder cannot be looked at.
        """
        usage = shutil.disk_usage(folder)
        return usage.total, usage.free
