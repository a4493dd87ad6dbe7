"""Scaled dot-product attention with several heads (Vaswani et al., arXiv:1706.03762, section 3.2)."""

from __future__ import annotations

import torch
from torch.nn.functional import scaled_dot_product_attention


def attend(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    heads: int,
    bias: torch.Tensor | None = None,
) -> torch.Tensor:
    """Let each query look at all keys.

    `query` is [B, N, D], `key` and `value` are [B, M, D]; `bias` is added to the scores and broadcasts to
    [B, heads, N, M]. Returns [B, N, D]. Written out on the CPU, where the backward pass of
    `scaled_dot_product_attention` takes ten times as long for the short sequences here.
    """
    width = query.shape[-1] // heads

    def split(sequence: torch.Tensor) -> torch.Tensor:
        return sequence.unflatten(-1, (heads, width)).transpose(1, 2)

    if query.is_cuda:
        mask = None if bias is None else bias.to(query.dtype)
        together = scaled_dot_product_attention(split(query), split(key), split(value), attn_mask=mask)
        return together.transpose(1, 2).flatten(2)
    scores = split(query) @ split(key).transpose(-1, -2) * width**-0.5
    if bias is not None:
        scores = scores + bias
    mixed = scores.softmax(-1).to(value.dtype) @ split(value)
    return mixed.transpose(1, 2).flatten(2)


def padding_bias(mask: torch.Tensor) -> torch.Tensor:
    """Turn a mask [B, M] (1 = word, 0 = padding) into a bias that hides the padding."""
    return ((mask - 1) * 1e4)[:, None, None, :]
