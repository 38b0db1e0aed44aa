"""A long Chinese answer with code, a table and formulas, for pictures of it."""

from __future__ import annotations

PROMPT = "请讲解自注意力机制：原理、公式、PyTorch 实现，以及各种变体的比较。"
REASONING = "先给直觉，再给公式，然后是代码和比较。"
TEXT = r"""# 自注意力机制

自注意力（self-attention）让序列中的**每个位置**都能直接看到其他所有位置，再按相关程度取加权平均。与循环网络相比，它没有“遗忘”问题，而且可以并行计算。

## 三个角色

对输入 $X \in \mathbb{R}^{n \times d}$ 做三次线性变换，得到查询、键和值：

$$
Q = XW_Q, \qquad K = XW_K, \qquad V = XW_V
$$

1. **查询** $Q$：这个位置想找什么；
2. **键** $K$：每个位置能提供什么；
3. **值** $V$：真正被取走的内容。

## 公式

把相似度除以 $\sqrt{d_k}$，再用 softmax 归一化：

$$
\operatorname{Attention}(Q, K, V) = \operatorname{softmax}\!\left(\frac{QK^{\top}}{\sqrt{d_k}}\right)V
$$

> 为什么要除以 $\sqrt{d_k}$？若 $q$、$k$ 的各分量相互独立、方差为 1，则
> $q \cdot k = \sum_{i=1}^{d_k} q_i k_i$ 的方差是 $d_k$；不缩放时 softmax 会饱和，梯度趋近于 0。

## 实现

```python
import math
import torch
from torch import nn


class SelfAttention(nn.Module):
    def __init__(self, width: int, heads: int = 8) -> None:
        super().__init__()
        self.heads, self.size = heads, width // heads
        self.qkv = nn.Linear(width, 3 * width, bias=False)
        self.out = nn.Linear(width, width)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        batch, length, width = x.shape
        q, k, v = self.qkv(x).chunk(3, dim=-1)  # 一次算出三者
        q, k, v = (
            t.view(batch, length, self.heads, self.size).transpose(1, 2)
            for t in (q, k, v)
        )
        scores = q @ k.transpose(-2, -1) / math.sqrt(self.size)
        mixed = scores.softmax(dim=-1) @ v
        return self.out(mixed.transpose(1, 2).reshape(batch, length, width))
```

调用 `SelfAttention(512)(x)` 即可；`x` 的形状是 `(batch, length, 512)`，输出形状不变。

## 变体比较

| 变体 | 时间 | 缓存（相对） | 适用场景 |
|:-----|:----:|-----:|:-----|
| 多头注意力 MHA | $O(n^2 d)$ | 100% | 通用，效果最稳 |
| 分组查询 GQA | $O(n^2 d)$ | 12.5% | 长对话推理，`kv_heads=4` |
| 滑动窗口 | $O(nwd)$ | 6.3% | 超长文档 |
| 线性注意力 | $O(nd^2)$ | 1.6% | 流式输入 |

## 上手清单

- [x] 检查张量形状
- [x] 用 `torch.allclose` 与官方实现对比
- [ ] 换成 `F.scaled_dot_product_attention`，速度可提高 2～4 倍

一句话总结：注意力就是*可学习的加权平均*，权重由内容本身决定。完整推导见[《Attention Is All You Need》](https://arxiv.org/abs/1706.03762)。
"""
