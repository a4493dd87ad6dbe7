"""Record what the stock page sends for UI workflows, as tests/reference/comfyui/page_exports/.

Each file there holds a `document` of our own, in UI format, and the page's `export` of it. This opens the
documents in the page of a server (ComfyUI 0.3.64 with frontend 1.27, and with a checkpoint: the page does not
know an empty list of files for a combo) and writes the exports anew. It needs Playwright and a Chromium.

    python scripts/record_page_exports.py URL [CHROMIUM]
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

from playwright.async_api import async_playwright

FOLDER = Path(__file__).parent.parent / "tests" / "reference" / "comfyui" / "page_exports"
# The page loads its default workflow last, when all that it consists of is there.
READY = "window.app?.graph?.nodes.length > 0"
EXPORT = """async (document) => {
  await app.loadGraphData(document, true, false, null,
                          {showMissingNodesDialog: false, showMissingModelsDialog: false})
  // The page gives primitives their widgets a moment after loading.
  await new Promise((done) => setTimeout(done, 500))
  return (await app.graphToPrompt()).output
}"""


async def main(url: str, chromium: str | None) -> None:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = await browser.new_page()
        await page.goto(url)
        await page.wait_for_function(READY, timeout=120_000)
        for path in sorted(FOLDER.glob("*.json")):
            recorded = json.loads(path.read_text(encoding="utf-8"))
            recorded["export"] = await page.evaluate(EXPORT, recorded["document"])
            path.write_text(json.dumps(recorded, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
            print(path.name, len(recorded["export"]))
        await browser.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None))
