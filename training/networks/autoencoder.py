"""The autoencoder between pictures and latents, which are eight times smaller on each side.

Convolutions without normalisation, so it works at any size; space-to-depth (Shi et al., arXiv:1609.05158)
changes the resolution, so no convolution runs on the large picture. Latents are normalised to zero mean and
unit deviation a channel, as Rombach et al., arXiv:2112.10752, scale theirs.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812 - the name that everybody knows it by
from torch import nn

#: Pixels a latent pixel stands for, on each side.
DOWNSCALE = 8


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions around an identity (He et al., arXiv:1603.05027), without normalisation."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(channels, channels, 3, padding=1)
        self.second = nn.Conv2d(channels, channels, 3, padding=1)
        nn.init.zeros_(self.second.weight)
        nn.init.zeros_(self.second.bias)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        return features + self.second(F.relu(self.first(F.relu(features))))


class LatentNormalised(nn.Module):
    """Remembers mean and deviation of the raw latents, each [1, C, 1, 1]."""

    mean: torch.Tensor
    deviation: torch.Tensor

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(1, channels, 1, 1))
        self.register_buffer("deviation", torch.ones(1, channels, 1, 1))


class Encoder(LatentNormalised):
    """Pictures [B, 3, H, W] in [-1, 1], H and W multiples of 8, to latents [B, C, H/8, W/8]."""

    def __init__(self, channels: int, fine: int, coarse: int) -> None:
        super().__init__(channels)
        self.layers = nn.Sequential(
            nn.PixelUnshuffle(4),
            nn.Conv2d(48, fine, 3, padding=1),
            ResidualBlock(fine),
            ResidualBlock(fine),
            nn.PixelUnshuffle(2),
            nn.Conv2d(4 * fine, coarse, 1),
            ResidualBlock(coarse),
            ResidualBlock(coarse),
            nn.Conv2d(coarse, channels, 1),
        )

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        return (self.layers(image) - self.mean) / self.deviation


class Decoder(LatentNormalised):
    """Latents [B, C, H/8, W/8] to pictures [B, 3, H, W]; values may overshoot [-1, 1] a little."""

    def __init__(self, channels: int, fine: int, coarse: int) -> None:
        super().__init__(channels)
        self.layers = nn.Sequential(
            nn.Conv2d(channels, coarse, 3, padding=1),
            ResidualBlock(coarse),
            ResidualBlock(coarse),
            nn.Conv2d(coarse, 4 * fine, 1),
            nn.PixelShuffle(2),
            ResidualBlock(fine),
            ResidualBlock(fine),
            ResidualBlock(fine),
            nn.ReLU(),
            nn.Conv2d(fine, 64, 3, padding=1),
            nn.PixelShuffle(4),
            nn.Conv2d(4, 3, 3, padding=1),
        )

    def forward(self, latent: torch.Tensor) -> torch.Tensor:
        return self.layers(latent * self.deviation + self.mean)
