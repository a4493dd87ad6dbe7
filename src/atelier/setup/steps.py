"""The seven steps, in their order."""

from __future__ import annotations

from atelier.setup import checking, containers, credentials, models, prerequisites, report
from atelier.setup.step import Step

#: Secrets come before the containers that read them, and models before the engines that list them: a service
#: that answers is one that draws.
STEPS: tuple[Step, ...] = (
    Step(
        name="prerequisites",
        title="The machine has what is needed",
        carry_out=prerequisites.carry_out,
        plan=prerequisites.plan,
        without="Nobody looked whether the machine has what is needed: what is lacking shows in a later "
        "step, less clearly.",
    ),
    Step(
        name="credentials",
        title="The directory is made, and every secret in step",
        carry_out=credentials.carry_out,
        plan=credentials.plan,
        without=None,
    ),
    Step(
        name="models",
        title="The models are there",
        carry_out=models.carry_out,
        plan=models.plan,
        without="Nothing was fetched: an engine without its models answers and does not draw.",
    ),
    Step(
        name="containers",
        title="The containers run",
        carry_out=containers.carry_out,
        plan=containers.plan,
        without="Nothing was built or started: what is looked at is what runs already.",
    ),
    Step(
        name="api",
        title="The API answers, and its door is shut",
        carry_out=checking.check_api,
        plan=checking.plan_api,
        without="Nobody looked whether strangers are kept out.",
    ),
    Step(
        name="picture",
        title="A picture is drawn",
        carry_out=checking.draw,
        plan=checking.plan_draw,
        without="Nothing was drawn: that the service draws is not proved.",
        in_spite_of=frozenset({"api"}),
    ),
    Step(
        name="report",
        title="The report is written",
        carry_out=report.carry_out,
        plan=report.plan,
        without="There is no report of this set-up.",
        in_spite_of=frozenset({"api", "picture"}),
    ),
)
