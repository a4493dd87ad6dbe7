"""One run of one job: its nodes in order, and what is told about them."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from atelier.engine.context import NodeContext
from atelier.engine.failure import failure
from atelier.engine.messages import Message, Outgoing, PreviewFrame, Publish
from atelier.engine.node import WIDGET_TYPES, NodeResult
from atelier.engine.order import running_order
from atelier.engine.progress import ProgressBoard
from atelier.engine.results import Result, ResultCache
from atelier.engine.signatures import Signature, signatures
from atelier.errors import AtelierError, JobInterruptedHere, NodeInputInvalid
from atelier.schemas.notices import NOTICE_TYPE, Notice
from atelier.workflows.remedies import shown
from atelier.workflows.wiring import is_link

if TYPE_CHECKING:
    from atelier.engine.diffusion.model_files import ModelFiles
    from atelier.engine.folders import Folders
    from atelier.engine.history import Entry
    from atelier.engine.node_validation import CheckedNode
    from atelier.engine.queue import Job
    from atelier.engine.values import Array

logger = logging.getLogger(__name__)

_MODEL_TYPES = frozenset({"MODEL", "CLIP", "VAE"})

#: Makes a JPEG of a denoised latent.
Preview = Callable[["Array"], bytes]


class Execution:
    """Runs a job in the calling thread.

    Messages follow ComfyUI's order. With a client id they go to that client; without one only progress and
    previews are sent, to everybody, as ComfyUI does: a gateway in front has to be right about both.

    Args:
        job: What to run.
        cache: Results of earlier jobs; this job's are put there.
        folders: Where nodes read and write.
        models: The model files that loaders hand out.
        publish: Takes the messages.
        interrupted: Tells whether the job shall stop.
        preview: Makes previews of latents; None for none.
    """

    def __init__(
        self,
        *,
        job: Job,
        cache: ResultCache,
        folders: Folders,
        models: ModelFiles,
        publish: Publish,
        interrupted: Callable[[], bool],
        preview: Preview | None,
    ) -> None:
        self._job = job
        self._workflow = job.workflow
        self._cache = cache
        self._folders = folders
        self._models = models
        self._publish = publish
        self._interrupted = interrupted
        self._preview = preview
        self._board = ProgressBoard(job.prompt_id)
        self._results: dict[str, Result] = {}
        self._executed: list[str] = []
        self._shown: dict[str, Any] = {}
        self._notices: list[Notice] = []
        self._messages: list[tuple[str, dict[str, Any]]] = []
        self._outbox: list[Outgoing] = []
        self._inputs: dict[str, Any] = {}
        #: The node that runs now, or ran last.
        self.node: CheckedNode | None = None

    @property
    def client_id(self) -> str | None:
        return self._job.client_id

    def run(self) -> Entry:
        """Run the job and return its history entry; never raises.

        The messages that announce the end are held back until `announce`.
        """
        try:
            self._run_nodes()
        except JobInterruptedHere:
            self._end("execution_interrupted", self._whereabouts(), everybody=True)
            return self._entry("error")
        except AtelierError as error:
            logger.warning("Job %s failed at %s: %s", self._job.prompt_id, self._place(), error)
            return self._failed(error)
        except BaseException as error:  # a node may raise anything, and the worker has to live on
            logger.exception("Job %s failed at %s", self._job.prompt_id, self._place())
            return self._failed(error)
        self._end("execution_success", {})
        return self._entry("success")

    def announce(self, status: Message) -> None:
        """Say that the job is over; call it once the history has the entry.

        Args:
            status: How many jobs are left.
        """
        self._outbox.append(status)
        self._tell("executing", {"node": None, "prompt_id": self._job.prompt_id})
        self._flush()

    def _failed(self, error: BaseException) -> Entry:
        told = failure(error, self._inputs, self._folders)
        self._end("execution_error", self._whereabouts() | told | {"current_outputs": list(self._results)})
        return self._entry("error")

    def _run_nodes(self) -> None:
        self._record("execution_start", {})
        nodes = self._workflow.nodes
        signature_of = signatures(nodes, self._folders)
        self._cache.keep(set(signature_of.values()))
        for node_id in nodes:
            self._take_from_cache(node_id, signature_of)
        cached = [each for each in self._workflow.graph if each in self._results]
        self._record("execution_cached", {"nodes": cached})
        for node_id in cached:
            self._repeat_notices(node_id)

        for node_id in running_order(nodes, self._workflow.outputs, frozenset(cached)):
            if node_id in self._results:
                self._show(node_id)
            elif self._take_from_cache(node_id, signature_of):
                # A twin of a node that ran in this very job.
                self._repeat_notices(node_id)
                self._show(node_id)
            else:
                self._results[node_id] = result = self._run_node(nodes[node_id])
                if node_id in signature_of:
                    self._cache.put(signature_of[node_id], result)
                self._executed.append(node_id)
                if result.ui is not None:
                    self._show(node_id)
            self._tell_progress(self._board.finish(node_id))

    def _take_from_cache(self, node_id: str, signature_of: Mapping[str, Signature]) -> bool:
        result = self._cache.get(signature_of.get(node_id))
        if result is None:
            return False
        self._results[node_id] = result
        return True

    def _repeat_notices(self, node_id: str) -> None:
        for notice in self._results[node_id].notices:
            self._notify(replace(notice, node_id=node_id))

    def _run_node(self, node: CheckedNode) -> Result:
        self.node = node
        self._inputs = dict(node.literals)
        for name, (source, slot) in node.links.items():
            self._inputs[name] = self._results[source].values[slot]
        self._check_interrupted()
        self._tell_progress(self._board.start(node.node_id))
        self._tell("executing", self._about(node.node_id))
        self._flush()

        _refuse_unknown_links(node)
        _refuse_literals_in_sockets(node)
        noticed = len(self._notices)
        returned = node.node_class.run(self._context(node), **self._inputs)
        result = returned if isinstance(returned, NodeResult) else NodeResult(values=returned)
        types = [each.type for each in node.node_class.outputs]
        if len(result.values) != len(types):
            raise TypeError(
                f"{node.node_class.name} gave {len(result.values)} values for its {len(types)} outputs"
            )
        for value in result.values:
            if isinstance(value, np.ndarray):
                # Other nodes and later jobs get the very same array.
                value.flags.writeable = False
        return Result(
            values=result.values,
            ui=result.ui,
            notices=tuple(self._notices[noticed:]),
            holds_model=not _MODEL_TYPES.isdisjoint(types),
        )

    def _context(self, node: CheckedNode) -> NodeContext:
        return NodeContext(
            node_id=node.node_id,
            folders=self._folders,
            models=self._models,
            prompt=self._workflow.graph,
            extra_pnginfo=self._job.extra_data.get("extra_pnginfo") or {},
            report_progress=self._report_progress,
            check_interrupted=self._check_interrupted,
            report_notice=self._notify,
        )

    def _report_progress(self, value: int, maximum: int, denoised: Array | None) -> None:
        self._check_interrupted()
        if self.node is None:
            return
        node_id, prompt_id = self.node.node_id, self._job.prompt_id
        self._tell_progress(self._board.update(node_id, value, maximum))
        if self._preview is not None and denoised is not None:
            metadata = {
                "node_id": node_id,
                "prompt_id": prompt_id,
                "display_node_id": node_id,
                "parent_node_id": None,
                "real_node_id": node_id,
                "image_type": "image/jpeg",
            }
            self._outbox.append(
                PreviewFrame(jpeg=self._preview(denoised), metadata=metadata, client_id=self.client_id)
            )
        progress = {"value": value, "max": maximum, "prompt_id": prompt_id, "node": node_id}
        self._outbox.append(Message(type="progress", data=progress, client_id=self.client_id))
        self._flush()

    def _check_interrupted(self) -> None:
        if self._interrupted():
            raise JobInterruptedHere(f"Job {self._job.prompt_id} was interrupted.")

    def _notify(self, notice: Notice) -> None:
        self._notices.append(notice)
        self._tell(NOTICE_TYPE, {"prompt_id": self._job.prompt_id, **notice.to_json()})

    def _show(self, node_id: str) -> None:
        ui = self._results[node_id].ui
        if ui is not None:
            self._shown[node_id] = ui
        if ui is not None or self._workflow.nodes[node_id].node_class.output_node:
            self._tell("executed", self._about(node_id) | {"output": ui})

    def _record(self, type: str, data: dict[str, Any], *, everybody: bool = False) -> None:
        """Send a message that the history keeps as well."""
        data = {"prompt_id": self._job.prompt_id, **data, "timestamp": int(time.time() * 1000)}
        self._messages.append((type, data))
        self._tell(type, data, everybody=everybody)

    def _end(self, type: str, data: dict[str, Any], *, everybody: bool = False) -> None:
        self._tell_progress(self._board.rest())
        self._record(type, data, everybody=everybody)

    def _tell(self, type: str, data: dict[str, Any], *, everybody: bool = False) -> None:
        if self.client_id is not None or everybody:
            self._outbox.append(Message(type=type, data=data, client_id=self.client_id))

    def _tell_progress(self, data: dict[str, Any] | None) -> None:
        if data is not None:
            self._outbox.append(Message(type="progress_state", data=data, client_id=self.client_id))

    def _flush(self) -> None:
        if self._outbox:
            outbox, self._outbox = self._outbox, []
            self._publish(outbox)

    def _about(self, node_id: str) -> dict[str, Any]:
        return {"node": node_id, "display_node": node_id, "prompt_id": self._job.prompt_id}

    def _whereabouts(self) -> dict[str, Any]:
        return {
            "node_id": None if self.node is None else self.node.node_id,
            "node_type": None if self.node is None else self.node.node_class.name,
            "executed": list(self._executed),
        }

    def _place(self) -> str:
        return "its start" if self.node is None else f"{self.node.node_class.name} {self.node.node_id}"

    def _entry(self, status: str) -> Mapping[str, Any]:
        return {
            "prompt": self._job.item,
            "outputs": self._shown,
            "status": {
                "status_str": status,
                "completed": status == "success",
                "messages": [[type, data] for type, data in self._messages],
            },
            "meta": {
                node_id: {
                    "node_id": node_id,
                    "display_node": node_id,
                    "parent_node": None,
                    "real_node_id": node_id,
                }
                for node_id in self._shown
            },
            NOTICE_TYPE: [each.to_json() for each in self._notices],
        }


def _refuse_unknown_links(node: CheckedNode) -> None:
    """Fail as ComfyUI does, which hands what a link brings to the node although it has no such input."""
    for name, value in node.unknown.items():
        if is_link(value):
            raise NodeInputInvalid(
                f"{node.node_class.name} has no input {name}, and a link leads there. Remove the link."
            )


def _refuse_literals_in_sockets(node: CheckedNode) -> None:
    """Fail where a value stands in a link's place, which ComfyUI finds out at this time only, too."""
    for each in node.node_class.inputs:
        value = node.literals.get(each.name)
        if (
            each.type not in WIDGET_TYPES
            and each.name in node.literals
            and (each.required or value is not None)
        ):
            raise NodeInputInvalid(
                f"{each.name} of {node.node_class.name} is {shown(value)}, and takes a link to an output of "
                f"type {each.type} only. Write it as [node id, output slot]."
            )
