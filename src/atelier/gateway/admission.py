"""Takes a workflow in: reads it, checks it, judges it, finds out who could run it, and stores it as a job."""

from __future__ import annotations

import asyncio
import hashlib
import json
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from atelier.errors import NoEngine, WorkflowFaulty
from atelier.findings import Finding
from atelier.gateway.identity import Identity
from atelier.gateway.picture_sizes import PictureSizes
from atelier.gateway.policy import judge, too_many_nodes, without_files
from atelier.gateway.prompt_body import PromptBody, read_prompt
from atelier.gateway.prompt_refusal import refused, refused_for
from atelier.gateway.rules import Rules
from atelier.schemas.needs import Needs
from atelier.storage.account import Account, Limits, Role
from atelier.storage.contract import Files, Jobs
from atelier.storage.file import Area
from atelier.storage.job import Job, NewJob
from atelier.workflows import wiring
from atelier.workflows.check import check
from atelier.workflows.extents import Extent
from atelier.workflows.file_inputs import FileReference, file_inputs
from atelier.workflows.needs import lacks, needs_of
from atelier.workflows.node_check import MATTERS_ANYWHERE
from atelier.workflows.object_info import NodeCatalogue


class Engines(Protocol):
    """What is known of the engines."""

    async def taking(self) -> Mapping[str, NodeCatalogue]:
        """Return the node classes of each engine that is up and takes jobs, by its name."""

    async def known(self) -> Mapping[str, NodeCatalogue]:
        """Return the node classes of each engine that ever answered."""


@dataclass(frozen=True, kw_only=True)
class _Plan:
    """The engine by which a workflow is judged, and what would be wrong with it there."""

    catalogue: NodeCatalogue
    needs: Needs
    findings: tuple[Finding, ...]
    #: What each engine lacks; empty where one has all.
    lacking: Mapping[str, Sequence[str]]


class Admission:
    """Decides about each workflow that comes in."""

    def __init__(
        self,
        *,
        jobs: Jobs,
        files: Files,
        engines: Engines,
        rules: Callable[[Role], Rules],
        limits: Callable[[Role], Limits],
        sizes: PictureSizes,
        waits: bool,
    ) -> None:
        """Put the parts together.

        Args:
            jobs: Where jobs are stored.
            files: Tells which files an account has.
            engines: What the engines can do.
            rules: What a role may have in a workflow.
            limits: How much an account of a role may use that has no limits of its own.
            sizes: Tells how large pictures are.
            waits: Whether a job is stored that only an engine can run which is down or drained.
        """
        self._jobs = jobs
        self._files = files
        self._engines = engines
        self._rules = rules
        self._limits = limits
        self._sizes = sizes
        self._waits = waits
        #: An engine's node classes to the same without its own files, as long as the engine says the same.
        self._cleaned: dict[int, tuple[NodeCatalogue, NodeCatalogue]] = {}

    async def admit(self, identity: Identity, body: Mapping[str, Any]) -> Job:
        """Store a job for a workflow, or return the one that was stored for the same request before.

        Raises:
            PromptRefused: the workflow cannot run, or its account may not run it.
            NoEngine: no engine that is up can run it.
            QueueFull, QuotaExceeded, StorageFull: the account, or its class, has no room for it.
            JobIdTaken: the account used this id for another workflow.
        """
        asked = read_prompt(body)
        account = identity.account
        rules = self._rules(account.role)
        crowd = too_many_nodes(asked.workflow, rules)
        if crowd is not None:
            raise refused_for([crowd], asked.workflow, NodeCatalogue())
        own, pictures = await self._files_of(account, asked.workflow)
        plan = await self._plan(asked)
        judgement = judge(
            asked.workflow, plan.catalogue, rules, files=own, pictures=pictures, targets=asked.targets
        )
        findings = (*plan.findings, *judgement.findings)
        if findings:
            raise refused_for(findings, asked.workflow, plan.catalogue)
        targets = self._targets(asked, plan.catalogue)
        if plan.lacking:
            raise NoEngine(_nobody(plan.lacking))
        return await self._jobs.submit(
            NewJob(
                id=str(uuid.uuid4()),
                account_id=account.id,
                given_id=asked.given_id,
                body_digest=_digest(asked),
                client_id=asked.client_id,
                workflow=asked.workflow,
                targets=targets,
                extra_data=asked.extra_data,
                needs=plan.needs,
                images=judgement.images,
                # Whose turn it is among the students, nobody decides but the queue.
                front=asked.front and account.role is not Role.STUDENT,
            ),
            self._limits(account.role),
        )

    async def _plan(self, asked: PromptBody) -> _Plan:
        """Return the first engine that has all that is needed and nothing against it; else the nearest."""
        engines = self._engines
        known = await (engines.known() if self._waits else engines.taking())
        if not known:
            raise NoEngine("No engine is up. Try again in a minute, or ask whoever runs the service.")
        plans: dict[int, _Plan] = {}
        lacking: dict[str, Sequence[str]] = {}
        for name, catalogue in known.items():
            catalogue = self._clean(catalogue)
            needs = needs_of(asked.workflow, catalogue, asked.targets)
            missing = lacks(needs, catalogue)
            if missing:
                lacking[name] = missing
            if id(catalogue) not in plans:
                plans[id(catalogue)] = _Plan(
                    catalogue=catalogue,
                    needs=needs,
                    findings=() if missing else self._errors(asked, catalogue),
                    lacking={name: missing} if missing else {},
                )
        able = [each for each in plans.values() if not each.lacking]
        if able:
            return min(able, key=lambda each: len(each.findings))
        nearest = min(plans.values(), key=lambda each: sum(map(len, each.lacking.values())))
        # What no engine has, the check tells best, with what may be meant.
        everywhere = _in_all(lacking)
        findings = self._errors(asked, nearest.catalogue) if everywhere else ()
        return replace(nearest, findings=findings, lacking=lacking)

    def _errors(self, asked: PromptBody, catalogue: NodeCatalogue) -> tuple[Finding, ...]:
        """Return what the check has against the nodes that are to run, files left to the policy."""
        names = [each.text for each in file_inputs(asked.workflow, catalogue) if each.text is not None]
        errors = [each for each in check(asked.workflow, catalogue, files=names) if each.severity == "error"]
        if asked.targets is None:
            return tuple(errors)
        running = wiring.needed_by(
            (each for each in asked.targets if each in asked.workflow), wiring.sources(asked.workflow)
        )
        return tuple(
            each
            for each in errors
            if each.node_id is None or each.node_id in running or each.kind in MATTERS_ANYWHERE
        )

    def _targets(self, asked: PromptBody, catalogue: NodeCatalogue) -> tuple[str, ...]:
        outputs = [
            node_id
            for node_id, node in asked.workflow.items()
            if (type := catalogue.get(wiring.class_of(node))) is not None and type.output_node
        ]
        wanted = outputs if asked.targets is None else [each for each in outputs if each in asked.targets]
        if not wanted:
            raise refused("prompt_no_outputs", "Prompt has no outputs")
        return tuple(wanted)

    async def _files_of(
        self, account: Account, workflow: Mapping[str, Any]
    ) -> tuple[frozenset[str], dict[str, Extent]]:
        """Return those of the files which a workflow names that the account has, and their sizes."""
        # Custom nodes that an admin allowed declare such inputs themselves, and engines may have other nodes.
        names: dict[str, FileReference] = {}
        for catalogue in {id(each): each for each in (await self._engines.known()).values()}.values():
            for each in file_inputs(dict(workflow), catalogue):
                if each.text is not None and each.text not in names:
                    try:
                        names[each.text] = FileReference.parse(each.text)
                    except WorkflowFaulty:
                        # The policy says so, with the node's name.
                        continue
        return await self._stored(account, names)

    async def _stored(
        self, account: Account, names: Mapping[str, FileReference]
    ) -> tuple[frozenset[str], dict[str, Extent]]:
        found = await asyncio.gather(
            *(
                self._files.get(account.id, Area(each.folder), each.subfolder, each.filename)
                for each in names.values()
            )
        )
        own = {text: stored for text, stored in zip(names, found, strict=True) if stored is not None}
        sizes = await asyncio.gather(*(self._sizes.of(each.artifact.digest) for each in own.values()))
        extents = {text: size for text, size in zip(own, sizes, strict=True) if size is not None}
        return frozenset(str(names[text]) for text in own), extents

    def _clean(self, catalogue: NodeCatalogue) -> NodeCatalogue:
        known = self._cleaned.get(id(catalogue))
        if known is None or known[0] is not catalogue:
            if len(self._cleaned) > 64:
                self._cleaned.clear()
            known = self._cleaned[id(catalogue)] = (catalogue, without_files(catalogue))
        return known[1]


def _in_all(lacking: Mapping[str, Sequence[str]]) -> frozenset[str]:
    """Return what every engine lacks."""
    return frozenset.intersection(*(frozenset(each) for each in lacking.values()))


def _nobody(lacking: Mapping[str, Sequence[str]]) -> str:
    told = "; ".join(f"{name} lacks {', '.join(missing[:3])}" for name, missing in lacking.items())
    return f"No engine that is up can run this workflow: {told}."


def _digest(asked: PromptBody) -> str:
    body = [asked.workflow, asked.targets, asked.extra_data, asked.front]
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
