"""A small package in the stock page's place, for tests of who serves its files and to whom."""

from __future__ import annotations

from pathlib import Path

import pytest

_FILES = {
    "index.html": '<!DOCTYPE html><script type="module" src="./assets/app.js"></script>',
    "assets/app.js": "console.log('the page')",
    "extensions/core/a.js": "export {}",
}


def install_page(packages: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make the page's package in `packages`, hide a real one behind it, and return its `static` directory."""
    static = packages / "comfyui_frontend_package" / "static"
    for name, text in _FILES.items():
        (static / name).parent.mkdir(parents=True, exist_ok=True)
        (static / name).write_text(text)
    (static.parent / "__init__.py").write_text("raise AssertionError('the package must not be imported')")
    monkeypatch.syspath_prepend(packages)
    return static
