"""The routes that are tried are those that there are."""

from __future__ import annotations

import re

from atelier.gateway.guard import declared
from atelier.verify.routes import COMFYUI_ROUTES, FEW_ROUTES, GATEWAY_ROUTES
from tests.integration.gateway.conftest import HouseBuilder, build_house, quiet_log

__all__ = ["build_house", "quiet_log"]

#: Not tried without a token: they would do harm, or tell nothing, if the door were open.
LEFT_OUT = {
    # Deletes, changes or issues something of whoever it is taken for.
    "DELETE /atelier/api/me/data",
    "DELETE /atelier/api/accounts/{name}/data",
    "PATCH /atelier/api/accounts/{name}",
    "POST /atelier/api/accounts/{name}/tokens",
    "POST /atelier/api/accounts/{name}/tokens/reissue",
    "POST /atelier/api/accounts/{name}/tokens/rotate",
    "POST /atelier/api/tokens/missing",
    "DELETE /atelier/api/tokens/{token_id}",
    "POST /atelier/api/roster",
    "PUT /atelier/api/classes/{name}",
    "POST /atelier/api/classes/{name}/lesson",
    "DELETE /atelier/api/classes/{name}/lesson",
    "DELETE /atelier/api/classes/{name}/students/{who}/jobs/{job_id}",
    "POST /atelier/api/classes/{name}/students/{who}/token",
    "DELETE /atelier/api/jobs/{job_id}",
    "POST /atelier/api/engines/{name}/drain",
    "DELETE /atelier/api/engines/{name}/drain",
    "POST /settings",
    "POST /settings/{id}",
    "POST /userdata/{file}",
    "POST /users",
}


def pattern(path: str) -> re.Pattern[str]:
    return re.compile("".join("[^?]+" if part.startswith("{") else re.escape(part) for part in parts(path)))


def parts(path: str) -> list[str]:
    return [each for each in re.split(r"(\{[^}]*\})", path) if each]


async def test_every_route_of_the_gateway_is_tried_or_left_out_for_a_reason(
    build_house: HouseBuilder,
) -> None:
    async with build_house() as house:
        routes = list(declared(house.gateway.api.router.routes))
    tried = [(each.method, each.path.partition("?")[0]) for each in GATEWAY_ROUTES]
    missing = []
    for route in routes:
        if route.scope is None or route.methods == {"WEBSOCKET"}:
            continue
        for method in route.methods - {"HEAD"}:
            name = f"{method} {route.path.removeprefix('/api')}"
            name = re.sub(r"\{(\w+):path\}", r"{\1}", name)
            if name in LEFT_OUT:
                continue
            matcher = pattern(route.path)
            if not any(method == verb and matcher.fullmatch(path) for verb, path in tried):
                missing.append(f"{method} {route.path}")
    assert not missing, "\n".join(missing)


def test_the_few_routes_are_one_of_each_family() -> None:
    assert len(FEW_ROUTES) == 8
    assert all(each in COMFYUI_ROUTES for each in FEW_ROUTES)
