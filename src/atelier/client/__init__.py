"""Speaks ComfyUI's protocol from Python: to ComfyUI, to the gateway, to the embedded engine.

Everything public is named in `__all__`, and for other rooms in `atelier.client.protocol`; the modules behind
both are private.
"""

from atelier.client._blocking import BlockingRun, ComfyUIClient
from atelier.client._client import AsyncComfyUIClient
from atelier.client._events import (
    Accepted,
    Cached,
    ConnectionLost,
    ConnectionRegained,
    Event,
    NodeDone,
    NodeStarted,
    NodeText,
    NoticeEvent,
    Preview,
    Progress,
    QueuePosition,
    Started,
    Succeeded,
)
from atelier.client._files import Source
from atelier.client._lookup import Queue
from atelier.client._pictures import Fitted, Size, fit_mask, fit_picture, transparent_part
from atelier.client._plain_client import OnEvent
from atelier.client._result import ImageFile, Picture, Result
from atelier.client._run import Run

__all__ = [
    "Accepted",
    "AsyncComfyUIClient",
    "BlockingRun",
    "Cached",
    "ComfyUIClient",
    "ConnectionLost",
    "ConnectionRegained",
    "Event",
    "Fitted",
    "ImageFile",
    "NodeDone",
    "NodeStarted",
    "NodeText",
    "NoticeEvent",
    "OnEvent",
    "Picture",
    "Preview",
    "Progress",
    "Queue",
    "QueuePosition",
    "Result",
    "Run",
    "Size",
    "Source",
    "Started",
    "Succeeded",
    "fit_mask",
    "fit_picture",
    "transparent_part",
]
