"""The denoiser: a diffusion transformer (DiT) that predicts the velocity of a latent.

Patches, adaLN and zero initialisation: Peebles & Xie, arXiv:2212.09748. One modulation shared by all blocks
(adaLN-single) and cross-attention to the words: PixArt-alpha, arXiv:2310.00426. What is predicted is the
velocity noise - data of the straight path x_t = (1 - t) x_0 + t noise: flow matching, Lipman et al.,
arXiv:2210.02747.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F  # noqa: N812 - the name that everybody knows it by
from torch import nn

from training.networks.attention import attend, padding_bias
from training.networks.positions import ScenePositions, grid

#: Side of a patch, in latent pixels.
PATCH = 2
#: Side of the latent of a 128 px picture: the size at which the size conditioning is zero.
BASE_SIDE = 16


def timestep_features(timestep: torch.Tensor, size: int = 128) -> torch.Tensor:
    """Describe timesteps [B] in [0, 1] by cosines and sines, [B, size]."""
    half = size // 2
    steps = torch.arange(half, device=timestep.device, dtype=torch.float32)
    angle = timestep[:, None] * 100 * torch.exp(-math.log(1000) * steps / half)[None]
    return torch.cat([angle.cos(), angle.sin()], 1)


class Conditioning(nn.Module):
    """Sums timestep, prompt and picture size into one vector [B, width]."""

    def __init__(self, text_width: int, width: int) -> None:
        super().__init__()
        self.timestep = nn.Sequential(nn.Linear(128, width), nn.SiLU(), nn.Linear(width, width))
        self.text = nn.Linear(text_width, width)
        self.size = nn.Linear(2, width, bias=False)
        nn.init.zeros_(self.size.weight)

    def forward(self, timestep: torch.Tensor, pooled: torch.Tensor, size: torch.Tensor) -> torch.Tensor:
        """`size` is [2]: log2 of latent height and width, relative to a 128 px picture."""
        time = self.timestep(timestep_features(timestep).to(pooled.dtype))
        return F.silu(time + self.text(pooled) + self.size(size)[None])


class DiTBlock(nn.Module):
    """Modulated self-attention, cross-attention to the words, modulated feed-forward network."""

    def __init__(self, width: int, text_width: int, heads: int, ratio: int = 3) -> None:
        super().__init__()
        self.heads = heads
        self.modulation = nn.Parameter(torch.randn(6, width) * 0.02)
        self.attention_norm = nn.LayerNorm(width, elementwise_affine=False)
        self.query_key_value = nn.Linear(width, 3 * width)
        self.attention_out = nn.Linear(width, width)
        self.cross_norm = nn.LayerNorm(width)
        self.cross_query = nn.Linear(width, width)
        self.cross_key_value = nn.Linear(text_width, 2 * width)
        self.cross_out = nn.Linear(width, width)
        nn.init.zeros_(self.cross_out.weight)
        self.feed_forward_norm = nn.LayerNorm(width, elementwise_affine=False)
        self.feed_forward = nn.Sequential(
            nn.Linear(width, ratio * width), nn.GELU(), nn.Linear(ratio * width, width)
        )

    def forward(
        self, patches: torch.Tensor, modulation: torch.Tensor, tokens: torch.Tensor, bias: torch.Tensor
    ) -> torch.Tensor:
        """`modulation` is [B, 6, width], the same for all blocks; each block adds its own offsets."""
        mixed = (self.modulation[None] + modulation)[:, :, None]
        shift_a, scale_a, gate_a, shift_f, scale_f, gate_f = mixed.unbind(1)
        query, key, value = self.query_key_value(
            self.attention_norm(patches) * (1 + scale_a) + shift_a
        ).chunk(3, -1)
        patches = patches + gate_a * self.attention_out(attend(query, key, value, self.heads))
        key, value = self.cross_key_value(tokens).chunk(2, -1)
        query = self.cross_query(self.cross_norm(patches))
        patches = patches + self.cross_out(attend(query, key, value, self.heads, bias))
        return patches + gate_f * self.feed_forward(self.feed_forward_norm(patches) * (1 + scale_f) + shift_f)


class Denoiser(nn.Module):
    """Predicts the velocity of a latent, told the timestep, a reference, a mask and the words.

    Shapes: `latent` [B, C, H, W] with H and W even, `reference` [B, R * C, H, W], `timestep` [B] in [0, 1],
    `mask` [B, 1, H, W], `tokens` [B, L, D], `pooled` [B, D], `tokens_mask` [B, L]; returns [B, C, H, W].
    C are the `channels` of a latent and R the `references`, one behind the other, 0 where there is none.
    Text to image: references 0, mask 1. Editing: the first reference the source, mask 0. Inpainting: mask 1
    where something new is drawn, the first reference the source elsewhere and 0 there.
    """

    def __init__(
        self,
        *,
        channels: int,
        references: int,
        text_width: int,
        width: int,
        depth: int,
        heads: int,
        position_scale: float,
    ) -> None:
        super().__init__()
        self.conditioning = Conditioning(text_width, width)
        self.modulation = nn.Linear(width, 6 * width)
        nn.init.zeros_(self.modulation.weight)
        self.patch_in = nn.Linear(((1 + references) * channels + 1) * PATCH**2, width)
        self.positions = ScenePositions(width, position_scale)
        self.blocks = nn.ModuleList(DiTBlock(width, text_width, heads) for _ in range(depth))
        self.out_norm = nn.LayerNorm(width, elementwise_affine=False)
        self.out_modulation = nn.Linear(width, 2 * width)
        nn.init.zeros_(self.out_modulation.weight)
        self.patch_out = nn.Linear(width, channels * PATCH**2)
        nn.init.zeros_(self.patch_out.weight)

    def forward(
        self,
        latent: torch.Tensor,
        timestep: torch.Tensor,
        reference: torch.Tensor,
        mask: torch.Tensor,
        tokens: torch.Tensor,
        pooled: torch.Tensor,
        tokens_mask: torch.Tensor,
    ) -> torch.Tensor:
        return self.with_middle(latent, timestep, reference, mask, tokens, pooled, tokens_mask)[0]

    def with_middle(
        self,
        latent: torch.Tensor,
        timestep: torch.Tensor,
        reference: torch.Tensor,
        mask: torch.Tensor,
        tokens: torch.Tensor,
        pooled: torch.Tensor,
        tokens_mask: torch.Tensor,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the velocity, and what the patches are halfway, [B, width, H / 2, W / 2]."""
        rows, columns = grid(latent, PATCH)
        size = torch.log2(torch.stack([rows[-1], columns[-1]]) * (PATCH / BASE_SIDE))
        condition = self.conditioning(timestep, pooled, size)
        modulation = self.modulation(condition).unflatten(-1, (6, -1))
        bias = padding_bias(tokens_mask.to(tokens.dtype))
        patches = F.pixel_unshuffle(torch.cat([latent, reference, mask], 1), PATCH)
        height, width = patches.shape[-2:]
        patches = self.patch_in(patches.flatten(2).transpose(1, 2))
        patches = patches + self.positions(rows, columns).to(patches.dtype)
        middle = patches
        for number, block in enumerate(self.blocks, 1):
            patches = block(patches, modulation, tokens, bias)
            if number == len(self.blocks) // 2:
                middle = patches
        shift, scale = self.out_modulation(condition)[:, None].chunk(2, -1)
        patches = self.patch_out(self.out_norm(patches) * (1 + scale) + shift)
        velocity, middle = (part.transpose(1, 2).unflatten(-1, (height, width)) for part in (patches, middle))
        return F.pixel_shuffle(velocity, PATCH), middle
