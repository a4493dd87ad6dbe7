"""`atelier info`: what a server is and what it can draw."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from atelier.cli import options
from atelier.cli.command import run_command
from atelier.cli.reporter import Reporter

if TYPE_CHECKING:
    from atelier.workflows.model_sets import ModelSet


def info(
    server: options.Server = None,
    token: options.Token = None,
    json_lines: options.Json = False,
) -> None:
    """Say what a server is, what it runs on, and which model sets it has."""

    async def work(reporter: Reporter) -> None:
        from atelier.cli.connection import connected

        async with connected(server, token, timeout=60.0, reporter=reporter) as client:
            stats = await client.system_stats()
            sets = await client.model_sets_found()
            url = client.base_url
        reporter.result(
            "info",
            "\n".join(_lines(url, stats, sets)),
            url=url,
            system=stats,
            model_sets=[_set_document(each) for each in sets],
        )

    run_command(work, json_lines=json_lines)


def _lines(url: str, stats: dict[str, Any], sets: tuple[ModelSet, ...]) -> list[str]:
    system = stats.get("system", {})
    lines = [f"{url}: ComfyUI {system.get('comfyui_version', 'of an unknown version')}"]
    if isinstance(ours := stats.get("atelier"), dict):
        name = ours.get("name", "Atelier's embedded engine")
        lines[0] = f"{url}: {name} {ours.get('version', '')}".rstrip()
        lines += [f"  {ours['notice']}"] if "notice" in ours else []
    for device in stats.get("devices", []):
        free, total = (device.get(key, 0) / 2**30 for key in ("vram_free", "vram_total"))
        lines.append(f"  {device.get('name')}: {free:.1f} of {total:.1f} GiB free")
    if not sets:
        lines.append(
            "  No model set that Atelier knows. docs/how-to/use-a-comfyui-server.md says which files."
        )
    for each in sets:
        tasks = ", ".join(task.replace("_", " ") for task in sorted(each.tasks))
        lines.append(f"  {each.title}: {tasks}. {each.caution}".rstrip())
    return lines


def _set_document(each: ModelSet) -> dict[str, Any]:
    return {
        "name": each.name,
        "title": each.title,
        "tasks": sorted(each.tasks),
        "files": [file.name for file in each.files],
        "steps": each.steps,
        "cfg": each.cfg,
        "width": each.width,
        "height": each.height,
        "caution": each.caution,
    }
