"""The routes that a door must keep, each with a request that does no harm where the door is open.

Source: docs/reference/protocol.md, docs/reference/gateway.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

#: Names something that is not there.
_NOTHING = "atelier-verify-nothing"


@dataclass(frozen=True, kw_only=True)
class Route:
    """A request."""

    method: str
    path: str
    #: Sent as JSON; None for no body.
    document: Any = None


def _get(*paths: str) -> tuple[Route, ...]:
    return tuple(Route(method="GET", path=path) for path in paths)


#: ComfyUI's own.
_PROTOCOL = (
    *_get(
        "/prompt",
        "/queue",
        "/history",
        f"/history/{_NOTHING}",
        "/object_info",
        "/object_info/KSampler",
        "/system_stats",
        "/features",
        "/embeddings",
        "/extensions",
        "/models",
        "/models/checkpoints",
        "/experiment/models",
        "/experiment/models/checkpoints",
        f"/view_metadata/checkpoints?filename={_NOTHING}.safetensors",
        f"/view?filename={_NOTHING}.png&type=output",
        f"/view?filename={_NOTHING}.png&type=input",
        "/settings",
        f"/settings/{_NOTHING}",
        "/users",
        "/userdata?dir=workflows",
        "/v2/userdata",
        f"/userdata/{_NOTHING}.json",
        "/i18n",
        "/workflow_templates",
    ),
    # Each body is refused, or changes nothing, where the door is open.
    Route(method="POST", path="/prompt", document={}),
    Route(method="POST", path="/queue", document={"delete": [_NOTHING]}),
    Route(method="POST", path="/history", document={"delete": [_NOTHING]}),
    Route(method="POST", path="/interrupt", document={"prompt_id": _NOTHING}),
    Route(method="POST", path="/free", document={"unload_models": False, "free_memory": False}),
    Route(method="POST", path="/upload/image", document={}),
    Route(method="POST", path="/upload/mask", document={}),
    Route(method="DELETE", path=f"/userdata/{_NOTHING}.json"),
    Route(method="POST", path=f"/userdata/{_NOTHING}.json/move/{_NOTHING}-2.json"),
)

#: The stock page's files, which exist once.
_PAGE = _get("/", "/index.html", "/templates/index.json", "/docs/KSampler/en.md")

#: The gateway's own, and the files of the page whose endings ComfyUI-Login lets pass.
_GATEWAY = (
    *_get(
        "/favicon.ico",
        "/materialdesignicons.min.css",
        "/user.css",
        *(
            f"/{folder}/{_NOTHING}.js"
            for folder in ("assets", "cursor", "extensions", "fonts", "lib", "scripts")
        ),
        f"/atelier/api/accounts/{_NOTHING}/export",
        f"/atelier/api/classes/{_NOTHING}/students/{_NOTHING}/pictures/{_NOTHING}.png",
        "/metrics",
        "/atelier/api/me",
        "/atelier/api/me/export",
        "/atelier/api/accounts",
        "/atelier/api/classes",
        f"/atelier/api/classes/{_NOTHING}",
        f"/atelier/api/classes/{_NOTHING}/jobs",
        f"/atelier/api/classes/{_NOTHING}/pictures",
        f"/atelier/api/accounts/{_NOTHING}",
        "/atelier/api/tokens",
        "/atelier/api/jobs",
        "/atelier/api/engines",
        "/atelier/api/usage",
        "/atelier/api/audit",
    ),
    Route(method="POST", path="/atelier/api/ticket"),
    Route(method="POST", path="/atelier/api/accounts", document={}),
    Route(method="DELETE", path=f"/atelier/api/accounts/{_NOTHING}"),
)

COMFYUI_ROUTES = (
    *_PAGE,
    *_PROTOCOL,
    *(Route(method=each.method, path=f"/api{each.path}", document=each.document) for each in _PROTOCOL),
)
GATEWAY_ROUTES = (*COMFYUI_ROUTES, *_GATEWAY)

#: One of each family, for the quick look and for wrong tokens, of which a door takes only so many.
FEW_ROUTES = tuple(
    each
    for each in _PROTOCOL
    if f"{each.method} {each.path}"
    in {
        "GET /queue",
        "GET /history",
        "GET /object_info",
        "GET /system_stats",
        f"GET /view?filename={_NOTHING}.png&type=output",
        "GET /settings",
        "POST /prompt",
        "POST /interrupt",
    }
)

#: What nobody may get through the gateway, whoever asks: the whole server's log, folders of the host, and a
#: preview that reads any picture of the host (docs/reference/gateway.md).
CLOSED_PATHS = (
    "/internal/logs",
    "/internal/logs/raw",
    "/internal/folder_paths",
    "/internal/files/output",
    f"/experiment/models/preview/checkpoints/0/..%2f..%2f{_NOTHING}.png",
    f"/api/experiment/models/preview/checkpoints/0/..%2f..%2f{_NOTHING}.png",
)

#: What ComfyUI-Login lets pass for its ending alone (docs/reference/protocol.md).
BY_ENDING = (
    f"/userdata/{_NOTHING}.js",
    f"/experiment/models/preview/checkpoints/0/{_NOTHING}.js",
    f"/{_NOTHING}.css",
)
