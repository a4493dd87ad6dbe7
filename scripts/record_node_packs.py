"""Writes src/atelier/workflows/node_pack_classes.py, the class names that each known node pack provides.

`python -m scripts.record_node_packs MAP REPOSITORIES`: MAP is `extension-node-map.json` of ComfyUI-Manager at
the commit that node_packs.py names; REPOSITORIES holds a bare clone `OWNER+NAME/repo` of each pack. Only
names that the pack's own source has as a string at its commit are kept.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from atelier.workflows.node_packs import PACKS, NodePack

TARGET = Path(__file__).parents[1] / "src/atelier/workflows/node_pack_classes.py"
OWN_NODES = "https://github.com/comfyanonymous/ComfyUI"
WIDTH = 106

HEADER = '''"""The class names that each node pack provides, with `; ` between them.

Written by `python -m scripts.record_node_packs`; node_packs.py names the sources.
"""

from __future__ import annotations

CLASS_NAMES: dict[str, str] = {
'''


def strings_of(repository: Path, commit: str) -> set[str]:
    """Return every string literal on one line of a repository's Python files."""
    command = ["git", "-C", str(repository), "grep", "-h", "-o", "-E", r"""["'][^"']{2,80}["']""", commit]
    answer = subprocess.run([*command, "--", "*.py"], capture_output=True, check=True)
    return {line.strip()[1:-1] for line in answer.stdout.decode(errors="replace").splitlines()}


def registered(repository: Path, commit: str) -> set[str]:
    """Return the names that the pack's `__init__.py` registers one by one."""
    command = ["git", "-C", str(repository), "show", f"{commit}:__init__.py"]
    text = subprocess.run(command, capture_output=True, check=True).stdout.decode()
    return set(re.findall(r'^ *NODE_CLASS_MAPPINGS\["([^"]+)"\] =', text, flags=re.MULTILINE))


def lines(names: list[str]) -> Iterator[str]:
    """Yield the names, `; ` between them, in lines that end where a name ends."""
    line = ""
    for name in names:
        if line and len(line) + 2 + len(name) > WIDTH:
            yield line
            line = ""
        line = f"{line}; {name}" if line else name
    yield line


def class_names(pack: NodePack, by_address: dict[str, set[str]], repository: Path) -> list[str]:
    """Return what both the map and the pack's source name, or what the pack registered at its `commits`."""
    if pack.commits:
        return sorted(set().union(*(registered(repository, each) for each in pack.commits)))
    listed = by_address.get(pack.repository.lower(), set()) - by_address[OWN_NODES.lower()]
    return sorted(listed if pack.commit is None else listed & strings_of(repository, pack.commit))


def main(map_file: Path, repositories: Path) -> None:
    document = json.loads(map_file.read_text(encoding="utf-8"))
    by_address = {address.lower(): set(entry[0]) for address, entry in document.items()}
    entries = []
    for pack in PACKS:
        folder = pack.repository.removeprefix("https://github.com/").replace("/", "+")
        names = class_names(pack, by_address, repositories / folder / "repo")
        if not names and not pack.suffix:
            raise SystemExit(f"{pack.name}: no class was found at {pack.commit}")
        if any(";" in each or "\\" in each or each != each.strip() for each in names):
            raise SystemExit(f"{pack.name}: a name has a character that the list uses itself")
        if names:
            entries.append(f'    "{pack.name}": """\\\n' + "\n".join(lines(names)) + '""",\n')
    TARGET.write_text(HEADER + "".join(entries) + "}\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
