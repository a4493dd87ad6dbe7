"""One ONNX file on the CPU: loading it, checking that it is what it should be, running it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from atelier.errors import ModelFileInvalid

if TYPE_CHECKING:
    from collections.abc import Collection

    from atelier.engine.values import Array

#: The version of the metadata and of the inputs' meaning that this engine reads.
FORMAT = "1"
#: More threads than this slow a network of this size down.
_MOST_THREADS = 4


class Network:
    """A loaded ONNX file. The same inputs give the same outputs, whatever the number of threads."""

    def __init__(
        self, path: Path, *, kind: str, inputs: Collection[str], outputs: Collection[str], threads: int | None
    ) -> None:
        """Load a file and check its kind, its format and the names of its inputs and outputs.

        Importing onnxruntime takes a tenth of a second and 30 MB, so it waits for the first model.

        Raises:
            ModelFileInvalid: the file is missing, damaged, or of another kind.
        """
        # Since 1.29, importing it begins to report machine and models to its maker unless this is set before.
        os.environ["ORT_DISABLE_TELEMETRY"] = "1"
        import onnxruntime
        from onnxruntime.capi import onnxruntime_pybind11_state as state

        self._path = path
        self._failures: tuple[type[Exception], ...] = (
            state.EPFail,
            state.Fail,
            state.InvalidArgument,
            state.InvalidGraph,
            state.InvalidProtobuf,
            state.NoModel,
            state.NoSuchFile,
            state.NotImplemented,
            state.RuntimeException,
        )
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads or min(_MOST_THREADS, os.cpu_count() or 1)
        options.inter_op_num_threads = 1
        options.log_severity_level = 4
        options.use_deterministic_compute = True
        # Threads that spin while they wait slow down whatever else the machine does.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        # Both keep memory from earlier sizes and batches; every call may bring another.
        options.enable_cpu_mem_arena = False
        options.enable_mem_pattern = False
        try:
            self._session = onnxruntime.InferenceSession(
                str(path), options, providers=["CPUExecutionProvider"]
            )
        except self._failures as error:
            raise ModelFileInvalid(
                f"The model file {path.name} cannot be loaded; it is missing or damaged. "
                f"Install Atelier's weights again, or choose another file. ({_first_line(error)})"
            ) from error
        self.metadata: dict[str, str] = self._session.get_modelmeta().custom_metadata_map
        found = self.metadata.get("atelier.kind")
        if found != kind or self.metadata.get("atelier.format") != FORMAT:
            raise ModelFileInvalid(
                f"The model file {path.name} is not a {kind} of format {FORMAT} "
                f"(it says {found or 'nothing'}): choose a file that belongs to this loader."
            )
        self._outputs = tuple(outputs)
        if {each.name for each in self._session.get_inputs()} != set(inputs) or not set(outputs) <= {
            each.name for each in self._session.get_outputs()
        }:
            raise ModelFileInvalid(
                f"The model file {path.name} does not have the inputs and outputs of a {kind}: "
                "install Atelier's weights again."
            )

    @property
    def name(self) -> str:
        """The name of the file, for messages."""
        return self._path.name

    def number(self, key: str) -> int:
        """Return a positive whole number of the metadata.

        Raises:
            ModelFileInvalid: it is missing or no such number.
        """
        value = self.metadata.get(f"atelier.{key}", "")
        if not value.isdecimal() or int(value) < 1:
            raise ModelFileInvalid(
                f"The model file {self.name} does not name its {key}: install Atelier's weights again."
            )
        return int(value)

    def references(self) -> int:
        """Return how many pictures a model looks at; a file that does not say means one.

        Raises:
            ModelFileInvalid: it says something that is no such number.
        """
        return self.number("references") if "atelier.references" in self.metadata else 1

    def run(self, inputs: dict[str, np.ndarray[Any, Any]]) -> list[Array]:
        """Return the outputs in the order in which they were named at loading.

        Raises:
            ModelFileInvalid: the network cannot be computed.
        """
        try:
            return [np.asarray(each, np.float32) for each in self._session.run(self._outputs, inputs)]
        except self._failures as error:
            raise ModelFileInvalid(
                f"The model file {self.name} failed while it ran: install Atelier's weights again. "
                f"({_first_line(error)})"
            ) from error


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)
