"""The judge of the evaluation: a small convolutional network that tells a picture's attributes."""

from __future__ import annotations

import torch
from torch import nn

#: It looks at pictures of this many pixels a side.
SIDE = 64


def _convolution(inputs: int, outputs: int, kernel: int = 3, stride: int = 1) -> list[nn.Module]:
    return [
        nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2, stride=stride),
        nn.BatchNorm2d(outputs),
        nn.ReLU(),
    ]


class Classifier(nn.Module):
    """Pictures [B, 3, 64, 64] in [-1, 1] to a score for each value of each attribute, [B, n] each."""

    def __init__(self, values: tuple[int, ...]) -> None:
        super().__init__()
        self.values = values
        self.features = nn.Sequential(
            nn.PixelUnshuffle(2),
            *_convolution(12, 40),
            nn.PixelUnshuffle(2),
            *_convolution(160, 96, kernel=1),
            *_convolution(96, 96),
            *_convolution(96, 128, stride=2),
            *_convolution(128, 128),
            *_convolution(128, 128),
        )
        self.scores = nn.Sequential(
            nn.Flatten(), nn.Linear(128 * 64, 320), nn.ReLU(), nn.Linear(320, sum(values))
        )

    def forward(self, image: torch.Tensor) -> tuple[torch.Tensor, ...]:
        return self.scores(self.features(image)).split(self.values, 1)
