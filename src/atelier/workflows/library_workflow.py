"""What a library workflow is: a builder, with everything that people should know of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from atelier.errors import UsageError
from atelier.workflows.graph import Workflow
from atelier.workflows.model_sets import ModelSet, Task
from atelier.workflows.parameters import Parameter, read_all
from atelier.workflows.parts import Sampling

_SAMPLING = frozenset(each.name for each in fields(Sampling))


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """What can go wrong, and what helps."""

    symptom: str
    cause: str
    remedy: str


@dataclass(frozen=True, kw_only=True)
class LibraryWorkflow:
    """One workflow of the library.

    Its request class is a frozen record whose field `sampling` is a `Sampling`; each parameter is a field of
    one of the two.
    """

    name: Task
    title: str
    #: One sentence.
    purpose: str
    #: How the nodes are wired, and why.
    wiring: str
    request: type[Any]
    builder: Callable[[Any, ModelSet], Workflow]
    parameters: tuple[Parameter, ...]
    troubles: tuple[Trouble, ...]
    #: Parameters of the picture in the documentation.
    example: Mapping[str, Any]

    def build(self, parameters: Mapping[str, Any], models: ModelSet) -> Workflow:
        """Return the workflow for parameters by name.

        Raises:
            UsageError: the model set cannot do this; a parameter is unknown, missing, of the wrong kind or
                beyond its limits.
        """
        if self.name not in models.tasks:
            able = ", ".join(sorted(task for task in models.tasks))
            raise UsageError(f"{models.title} has no workflow {self.name}; it has: {able}.")
        given = read_all(self.parameters, parameters, models)
        sampling = Sampling(**{name: value for name, value in given.items() if name in _SAMPLING})
        own = {name: value for name, value in given.items() if name not in _SAMPLING}
        return self.builder(self.request(**own, sampling=sampling), models)


NOT_FITTED = Trouble(
    symptom="The embedded engine refuses the size, or a server runs out of memory.",
    cause="The picture was uploaded as the camera took it.",
    remedy="Let the client fit it (`atelier`'s commands do), or make it smaller first.",
)
UNKNOWN_WORDS = Trouble(
    symptom="The embedded engine names words that its model does not know.",
    cause="Its vocabulary is small.",
    remedy="Use the words of docs/explanation/model.md, or a server with a large model.",
)
