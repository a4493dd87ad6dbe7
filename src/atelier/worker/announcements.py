"""What a worker tells the account of a job while it runs."""

from __future__ import annotations

from typing import Protocol

from atelier.providers.messages import Message
from atelier.schemas import frames
from atelier.storage.job import Job

#: A message or a frame of ComfyUI's, with the ids and names that the account knows and no others.
Announcement = Message | frames.Preview | frames.Text


class Announcer(Protocol):
    """Passes on what is told."""

    def announce(self, job: Job, announcement: Announcement) -> None:
        """Tell the account of a job; never waits and never raises.

        The announcements of a job come in ComfyUI's order. `executed` comes when its files are kept, the
        end (`execution_success`, `execution_error` or `execution_interrupted`, then `executing` without a
        node) when it is stored; then the job is as it ended.
        """


class Nobody:
    """Tells nobody."""

    def announce(self, job: Job, announcement: Announcement) -> None:
        return
