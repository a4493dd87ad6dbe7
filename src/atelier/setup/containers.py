"""The step that builds the images and starts the containers."""

from __future__ import annotations

from collections.abc import Sequence

from atelier.deploy import life, machine
from atelier.deploy.compose import Compose, Container
from atelier.deploy.interruption import interruptible
from atelier.setup.setting import Setting
from atelier.setup.step import Done, Outcome


async def carry_out(setting: Setting, before: Sequence[Outcome]) -> Done:
    """Start what does not run, and wait until every container passes its check.

    Raises:
        DeployError: an image cannot be built, or a container does not come up.
        CredentialsError: a secret is missing.
    """
    with interruptible():
        compose = Compose(setting.directory, setting.deployment)
        found = _standing(compose)
        life.up(setting.directory, lambda _, text: setting.tell(text))
        now = _standing(compose)
    text = f"{len(now)} containers run and pass their checks; {setting.deployment.address.url} answers."
    return Done(told=text, changed=found != now)


async def plan(setting: Setting) -> str:
    """Say what would be built and started."""
    services = setting.deployment.services
    everything = f"Would build the images and start {', '.join(services)}; the first time takes some minutes."
    if not setting.is_made:
        return everything
    with interruptible():
        compose = Compose(setting.directory, setting.deployment)
        tag = machine.read_machine(setting.directory).tag or life.tag_of(setting.directory)
        found = {each.service: each for each in compose.containers()}
        if not compose.has_images(tag):
            return everything
    unwell = [each for each in services if each not in found or not found[each].well]
    if unwell:
        return f"Would start {', '.join(unwell)}; the images are there."
    return f"All {len(services)} containers run and pass their checks: nothing to do."


def containers(setting: Setting) -> tuple[Container, ...]:
    """Return the deployment's containers; raises DockerUnusable."""
    return Compose(setting.directory, setting.deployment).containers()


def _standing(compose: Compose) -> dict[str, tuple[str, str]]:
    return {each.service: (each.id, each.started) for each in compose.containers()}
