"""`atelier models list`: the model sets, their files, and what is there of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from atelier.cli import options
from atelier.cli.command import run_command
from atelier.cli.models import place
from atelier.cli.reporter import Reporter

if TYPE_CHECKING:
    from atelier.deploy.models import Found, Wanted
    from atelier.workflows.model_sets import ModelSet

_STANDING = {
    "there": "there",
    "unchecked": "there, never checked",
    "wrong size": "damaged: wrong size",
    "dangling link": "damaged: a link to a file that is gone",
    "begun": "begun",
    "missing": "-",
    "included": "comes with Atelier",
}


def listing(
    sets: place.Sets = None,
    models: place.Models = None,
    deployment: place.Deployment = None,
    json_lines: options.Json = False,
) -> None:
    """List model sets with their files, sizes, licences and memory, and what is there of them."""

    async def work(reporter: Reporter) -> None:
        from atelier.deploy.models import wanted_file

        where = place.find_place(models, deployment)
        documents, texts = [], []
        for each in place.sets_of(sets):
            found: list[Found | None] = []
            for file in each.files:
                wanted = wanted_file(file)
                if where is None:
                    found.append(None)
                    continue
                wanted = where.lock.applied(wanted)
                found.append(where.folder.look(wanted, recorded=wanted.key in where.lock.files))
            documents.append(_document(each, found))
            texts.append(_text(documents[-1]))
        others = [] if where is None or sets else _others(where)
        if others:
            texts.append("\n".join(["Recorded besides:", *_lines(others)]))
        reporter.result(
            "model_sets",
            "\n\n".join(texts),
            folder=None if where is None else str(where.folder.root),
            model_sets=documents,
            others=others,
        )

    run_command(work, json_lines=json_lines)


def _document(models: ModelSet, found: list[Found | None]) -> dict[str, Any]:
    from atelier.deploy.models import wanted_file

    files = [
        _file(wanted_file(file) if each is None else each.wanted, each, file.url)
        for file, each in zip(models.files, found, strict=True)
    ]
    sizes = {each["file"]: each["size"] for each in files if each["url"] is not None}
    return {
        "name": models.name,
        "title": models.title,
        "tasks": sorted(models.tasks),
        "licence": models.licence,
        "gated": models.gated,
        "vram_gib": models.vram,
        "size": None if None in sizes.values() else sum(sizes.values()),
        "complete": None
        if None in found
        else all(each is not None and each.standing in ("there", "unchecked", "included") for each in found),
        "caution": models.caution,
        "files": files,
    }


def _file(known: Wanted, found: Found | None, url: str | None) -> dict[str, Any]:
    return {
        "file": known.key,
        "size": known.size,
        "sha256": known.sha256,
        "url": url,
        "standing": None if found is None else found.standing,
        "bytes_there": None if found is None else found.size,
        "path": None if found is None or found.path is None else str(found.path),
    }


def _others(where: place.Place) -> list[dict[str, Any]]:
    """Return the recorded files that belong to no set."""
    of_sets = {each.key for each in place.wanted_of(None)}
    return [
        _file(each, where.folder.look(each, recorded=True), where.lock.files[each.key].origin)
        for each in where.lock.wanted()
        if each.key not in of_sets
    ]


def _text(document: dict[str, Any]) -> str:
    from atelier.cli.models.telling import gigabytes

    vram = document["vram_gib"]
    memory = (
        "memory not known"
        if vram is None
        else "needs no GPU"
        if vram == 0
        else f"{vram:g} GiB of graphics memory"
    )
    complete = {None: "", True: "; complete", False: "; not complete"}[document["complete"]]
    download = any(each["url"] for each in document["files"])
    lines = [
        f"{document['name']}: {document['title']}{complete}",
        f"  {document['licence']}; {'gated' if document['gated'] else 'not gated'}; {memory}"
        f"; {gigabytes(document['size']) if download else 'no download'}",
    ]
    if document["caution"]:
        lines.append(f"  {document['caution']}")
    return "\n".join([*lines, *_lines(document["files"])])


def _lines(files: list[dict[str, Any]]) -> list[str]:
    from atelier.cli.models.telling import gigabytes

    width = max(len(each["file"]) for each in files)
    lines = []
    for each in files:
        size = gigabytes(each["size"]) if each["url"] else ""
        lines.append(f"    {each['file']:<{width}}  {size:>12}  {_standing(each)}".rstrip())
    return lines


def _standing(file: dict[str, Any]) -> str:
    if file["standing"] is None:
        return "" if file["url"] else _STANDING["included"]
    if file["standing"] == "begun" and file["size"]:
        return f"begun: {file['bytes_there'] / file['size']:.0%}"
    return _STANDING[file["standing"]]
