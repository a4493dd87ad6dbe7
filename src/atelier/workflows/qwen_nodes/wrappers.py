"""The eleven wrapper nodes of the pack: when they came and went."""

from __future__ import annotations

from atelier.workflows.qwen_nodes.node import Commit

WRAPPERS_ADDED = Commit(sha="0e74cf3d33d78fea3ce3706a1ec4bfb55496ddfa", day="2025-09-26")
#: The next commit, 875f2aa4afb2c8e7124f3ac2068c8d64a50c99e1 of the same day, drops them.
WRAPPERS_LAST = Commit(sha="5ef5bba4c6c36124f0b38853742cdf4205ba247c", day="2025-11-27")
PROCESSORS_ADDED = Commit(sha="29ff0423b5a5ea71b2b604fbbaa1fcb27f97f0e6", day="2025-09-26")

#: The first choice of these loaders is a download.
DOWNLOADS = "Its default downloads the model files when the job runs."
