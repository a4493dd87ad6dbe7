"""Flow matching: the path from a picture to noise, and the loss of a predicted velocity.

Straight paths x_t = (1 - t) x_0 + t noise with velocity noise - x_0 (Lipman et al., arXiv:2210.02747; Liu et
al., arXiv:2209.03003); timesteps from a logit-normal distribution (Esser et al., arXiv:2403.03206, section
3.1), one in ten uniform so that the ends are not forgotten.
"""

from __future__ import annotations

import torch

from training.batches import Batch
from training.weights import Networks

#: Share of timesteps that are drawn uniformly.
UNIFORM = 0.1


def timesteps(count: int, shift: float, generator: torch.Generator) -> torch.Tensor:
    """Draw timesteps [count] in (0, 1) on the generator's device.

    A `shift` above 1 moves them towards noise (Esser et al., section 5.3.2).
    """
    device = generator.device
    normal = torch.sigmoid(torch.randn(count, generator=generator, device=device))
    uniform = torch.rand(count, generator=generator, device=device)
    late = torch.rand(count, generator=generator, device=device) < UNIFORM
    time = torch.where(late, uniform, normal)
    return time if shift == 1 else shift * time / (1 + (shift - 1) * time)


def loss(
    model: Networks, batch: Batch, timestep: torch.Tensor, noise: torch.Tensor, emphasis: float = 0
) -> torch.Tensor:
    """Return the squared error of the velocity, one value for each sample.

    With an `emphasis` of 1 it counts as often as the design says where objects are; all weights of a sample
    are 1 on average. The error of the guessed layout is added. Such a loss draws too many objects, so
    training must end with an emphasis of 0.
    """
    t = timestep[:, None, None, None]
    path = (1 - t) * batch.latent + t * noise
    with torch.autocast(path.device.type, torch.bfloat16):
        words = model.text_encoder(batch.ids)
        velocity, middle = model.denoiser.with_middle(path, timestep, batch.reference, batch.mask, *words)
        error = (velocity.float() - (noise - batch.latent)) ** 2
        if not emphasis:
            return error.mean((1, 2, 3))
        weight = 1 + emphasis * (model.design.object_weight - 1) * (batch.kinds > 0)[:, None]
        total = (error * (weight / weight.mean((1, 2, 3), keepdim=True))).mean((1, 2, 3))
        if model.layout is not None:
            guessed = model.layout.error(middle, batch.kinds, batch.colors)
            total = total + emphasis * model.design.layout_weight * guessed
    return total
