"""The text encoder: a small pre-norm transformer over the words of a prompt."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import nn

from training.networks.attention import attend, padding_bias


class TextFeatures(NamedTuple):
    """What the denoiser is told about a prompt."""

    #: One vector for each word, [B, L, D]; zero where there is no word.
    tokens: torch.Tensor
    #: Their mean, [B, D].
    pooled: torch.Tensor
    #: 1 for a word, 0 for padding, [B, L].
    mask: torch.Tensor


class TransformerLayer(nn.Module):
    """Self-attention and a feed-forward network, each behind a LayerNorm (Xiong et al., arXiv:2002.04745)."""

    def __init__(self, width: int, heads: int, ratio: int = 3) -> None:
        super().__init__()
        self.heads = heads
        self.attention_norm = nn.LayerNorm(width)
        self.query_key_value = nn.Linear(width, 3 * width)
        self.attention_out = nn.Linear(width, width)
        self.feed_forward_norm = nn.LayerNorm(width)
        self.feed_forward = nn.Sequential(
            nn.Linear(width, ratio * width), nn.GELU(), nn.Linear(ratio * width, width)
        )

    def forward(self, words: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
        query, key, value = self.query_key_value(self.attention_norm(words)).chunk(3, -1)
        words = words + self.attention_out(attend(query, key, value, self.heads, bias))
        return words + self.feed_forward(self.feed_forward_norm(words))


class TextEncoder(nn.Module):
    """Turns word ids [B, L] (int64, 0 = padding, at least one word a row) into `TextFeatures`.

    L may be less than the length the encoder was made for, when no prompt of a batch is longer.
    """

    def __init__(
        self, vocabulary: int, length: int, width: int, depth: int, position_scale: float, heads: int = 4
    ) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, width)
        nn.init.normal_(self.embedding.weight, std=0.3)
        self.positions = nn.Parameter(torch.randn(1, length, width) * position_scale)
        self.layers = nn.ModuleList(TransformerLayer(width, heads) for _ in range(depth))
        self.norm = nn.LayerNorm(width)

    def forward(self, ids: torch.Tensor) -> TextFeatures:
        words = self.embedding(ids) + self.positions[:, : ids.shape[1]]
        mask = (ids != 0).to(words.dtype)
        bias = padding_bias(mask)
        for layer in self.layers:
            words = layer(words, bias)
        tokens = self.norm(words) * mask[..., None].to(words.dtype)
        pooled = tokens.sum(1) / mask.sum(1, keepdim=True)
        return TextFeatures(tokens, pooled, mask)
