"""The layout: what stands where, guessed from what the denoiser knows halfway; for training alone.

The loss of a velocity says little about where things are, as noise drowns it. A guess of the kind and colour
of what is at each place says it at once, and teaches words and patches to find each other long before the
drawing would (representations that are aligned early: Yu et al., arXiv:2410.06940).
"""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812 - the name that everybody knows it by
from torch import nn

from training.networks.denoiser import PATCH


class Layout(nn.Module):
    """Guesses kind and colour of the thing at each latent pixel; number 0 is nothing."""

    def __init__(self, width: int, kinds: int, colors: int) -> None:
        super().__init__()
        self.numbers = (kinds + 1, colors + 1)
        self.guess = nn.Conv2d(width, sum(self.numbers) * PATCH**2, 1)

    def error(self, middle: torch.Tensor, kinds: torch.Tensor, colors: torch.Tensor) -> torch.Tensor:
        """Return the cross-entropy of the guesses from `middle` [B, width, H / 2, W / 2], a value a sample.

        `kinds` and `colors` are numbers, [B, H, W].
        """
        scores = F.pixel_shuffle(self.guess(middle), PATCH).float()
        guesses = scores.split(self.numbers, 1)
        errors = [
            F.cross_entropy(guess, truth, reduction="none")
            for guess, truth in zip(guesses, (kinds, colors), strict=True)
        ]
        return (errors[0] + errors[1]).mean((1, 2))
