"""How the files of one job are called at its engine, and back.

An account's names never reach an engine: its inputs are named by their content, its outputs by the job, so
that no job is served another's file from the engine's cache. Nothing of this comes back to the account.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from atelier.providers.messages import Message
from atelier.storage.file import StoredFile
from atelier.storage.job import Job
from atelier.workflows.file_inputs import PREFIX, FileInput, checked_prefix, save_prefixes, with_inputs
from atelier.workflows.graph import Workflow
from atelier.workflows.object_info import NodeCatalogue

#: The sub-folder of an engine's input, output and temp folders in which everything of ours is.
FOLDER = "atelier"

_SUFFIX = re.compile(r"\.[A-Za-z0-9]{1,8}\Z")

#: An absolute path of two levels or more.
_HOST_PATH = re.compile(r"(?<![\w.:/\\])(?:[A-Za-z]:)?[\\/](?:[^\s'\"<>|:*?\\/]+[\\/])+")


def input_place(file: StoredFile) -> tuple[str, str]:
    """Return the sub-folder and the name under which an engine gets an account's file."""
    suffix = _SUFFIX.search(file.filename)
    name = file.artifact.digest + (suffix[0].lower() if suffix else "")
    return f"{FOLDER}/{file.account_id}", name


def save_folder(job: Job) -> str:
    """Return the sub-folder in which the outputs of an attempt are saved."""
    return f"{FOLDER}/{job.id}/{job.attempt}"


def for_engine(job: Job, inputs: Mapping[FileInput, str], catalogue: NodeCatalogue) -> Workflow:
    """Return a job's workflow with the names that its engine knows.

    Output nodes without a prefix get one all the same, which they ignore: it keeps them apart from their
    likes of other accounts in the engine's cache.

    Args:
        job: The job.
        inputs: The engine's name for each input that names a file.
        catalogue: What the engine declares.

    Raises:
        WorkflowFaulty: a prefix is none that can be kept inside the job's folder.
    """
    workflow = {node_id: dict(node) for node_id, node in job.workflow.items()}
    folder = save_folder(job)
    values: dict[tuple[str, str], object] = {
        (node_id, PREFIX): folder for node_id, node in workflow.items() if _ends(node, catalogue)
    }
    for prefix in save_prefixes(workflow, catalogue):
        values[prefix.node_id, PREFIX] = f"{folder}/{checked_prefix(prefix.text or '')}"
    for file, name in inputs.items():
        values[file.node_id, file.name] = name
    return with_inputs(workflow, values)


@dataclass(frozen=True)
class Names:
    """The way back: what an engine says, in the names that the job's account knows."""

    job: Job
    #: What the account's workflow says for each input file of the engine's.
    inputs: Mapping[str, str] = field(default_factory=dict)

    def text(self, text: str) -> str:
        """Return a text with the account's names, and without paths of the engine's machine."""
        text = _saved(self.job.id).sub("", text)
        text = _HOST_PATH.sub("", text)
        for engines, accounts in self.inputs.items():
            text = text.replace(engines, accounts).replace(engines.rpartition("/")[2], accounts)
        return text.replace(self.job.id, self.job.public_id)

    def value(self, value: Any) -> Any:
        """Return a JSON value with all its texts so changed."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return {self.text(key): self.value(each) for key, each in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.value(each) for each in value]
        return value

    def message(self, message: Message) -> Message:
        """Return a message that the account may see."""
        data = {key: value for key, value in message.data.items() if key not in _PRIVATE}
        data = self.value(data)
        # Clients show these, so they have to be there.
        data |= {key: empty() for key, empty in _PRIVATE.items() if key in message.data}
        return Message(type=message.type, data=data)

    def saved(self, subfolder: str) -> str:
        """Return the account's sub-folder for one in which the engine saved."""
        return _saved(self.job.id).sub("", subfolder.replace("\\", "/") + "/").strip("/")


#: What an error tells of the engine's machine, and of the workflow as the engine got it.
_PRIVATE: Mapping[str, Callable[[], object]] = {
    "traceback": list,
    "current_inputs": dict,
}


def _saved(job_id: str) -> re.Pattern[str]:
    return re.compile(rf"{FOLDER}[\\/]{re.escape(job_id)}[\\/]\d+[\\/]?")


def _ends(node: Mapping[str, Any], catalogue: NodeCatalogue) -> bool:
    declared = catalogue.get(node.get("class_type"))
    return declared is not None and declared.output_node
