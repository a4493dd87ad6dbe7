"""Where a patch lies in the scene, for pictures of any size and shape."""

from __future__ import annotations

import math

import torch
from torch import nn


def grid(latent: torch.Tensor, patch: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Count the patches of a latent [B, C, H, W] and number them.

    Returns the row numbers [H / patch] and the column numbers [W / patch], counted from one. They are
    running sums over a slice of the latent and not `arange`, so that an exported graph follows the size
    of its input.
    """
    ones = torch.ones_like(latent[0, 0, ::patch, ::patch], dtype=torch.float32)
    return ones[:, 0].cumsum(0), ones[0].cumsum(0)


def fourier(coordinate: torch.Tensor, harmonics: int) -> torch.Tensor:
    """Describe coordinates [N] by 1, cos(k pi u) and sin(k pi u), k = 1 .. `harmonics`, as [N, 1 + 2K].

    One period is two scene units, so that nothing repeats inside pictures up to 2:1. Higher
    harmonics are damped: the positions between the trained ones then lie smoothly between them.
    """
    k = torch.arange(1, harmonics + 1, device=coordinate.device, dtype=torch.float32)
    angle = coordinate[:, None] * (k * math.pi)
    damping = 1 / (1 + k / 2)
    constant = torch.ones_like(coordinate)[:, None]
    return torch.cat([constant, angle.cos() * damping, angle.sin() * damping], 1)


class ScenePositions(nn.Module):
    """2-D sin-cos features of scene coordinates, mixed by one linear layer into the model's width.

    The coordinates are relative to the centre and in units of the shorter side, the same for both
    axes: a 3:2 picture shows more scene at its sides, and a patch at (0, 0) is the middle at every size.
    `scale` is the deviation of the mixing weights at the start: positions that are small beside the patches
    are not heard for very long.
    """

    def __init__(self, width: int, scale: float = 0.05, harmonics: int = 8) -> None:
        super().__init__()
        self.harmonics = harmonics
        self.mix = nn.Linear((1 + 2 * harmonics) ** 2, width, bias=False)
        nn.init.normal_(self.mix.weight, std=scale)

    def features(self, rows: torch.Tensor, columns: torch.Tensor) -> torch.Tensor:
        """Multiply the features of row and column numbers: [rows * columns, (1 + 2K)^2]."""
        shorter = torch.minimum(rows[-1], columns[-1])
        y = fourier((rows - 0.5 - rows[-1] / 2) / shorter, self.harmonics)
        x = fourier((columns - 0.5 - columns[-1] / 2) / shorter, self.harmonics)
        return (y[:, None, :, None] * x[None, :, None, :]).flatten(2).flatten(0, 1)

    def forward(self, rows: torch.Tensor, columns: torch.Tensor) -> torch.Tensor:
        """Return the position embeddings [rows * columns, width]."""
        return self.mix(self.features(rows, columns))
