"""The parts that speak ComfyUI's protocol, for rooms that do it on somebody else's behalf.

A program that wants pictures takes `AsyncComfyUIClient`, which puts these parts together.
"""

from __future__ import annotations

from atelier.client._cancellation import cancel_job
from atelier.client._channel import HELLO
from atelier.client._files import FILE_LIMIT, upload
from atelier.client._inbox import Inbox
from atelier.client._lookup import Finished, Queue, Running, Waiting, look_up, read_queue
from atelier.client._messages import failure
from atelier.client._rejections import object_info
from atelier.client._result import ImageFile
from atelier.client._submission import Submission, submit
from atelier.client._transport import Transport

__all__ = [
    "FILE_LIMIT",
    "HELLO",
    "Finished",
    "ImageFile",
    "Inbox",
    "Queue",
    "Running",
    "Submission",
    "Transport",
    "Waiting",
    "cancel_job",
    "failure",
    "look_up",
    "object_info",
    "read_queue",
    "submit",
    "upload",
]
