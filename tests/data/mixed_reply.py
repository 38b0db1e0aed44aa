"""A reply of some 2,000 tokens in which a cut can do harm: scripts, clusters of code points, code, tables, formulas."""

from __future__ import annotations

_HEAD = """# 泡茶 · Making tea 🫖

先烧水（**100 °C**），再等三分钟；then pour it over the leaves, wait 3 minutes, and _do not_ hurry.
家人：👩‍👩‍👧‍👦，国旗：🇨🇳🇩🇪，肤色：👋🏽👋🏿，组合：é（e + U+0301）、한글、नमस्ते、ﷺ、𝔘𝔫𝔦𝔠𝔬𝔡𝔢、𠮷野家。

"""
_CODE = """```python
def brew(minutes: int = 3) -> str:
    \"\"\"等水开。\"\"\"
    for second in range(minutes * 60):
        if second % 60 == 0:
            print(f"{second // 60} min 🍵", end="\\n\\t")
    return "done\\u2028"  # 末尾有空格
```

"""
_TABLE = """| 茶 tea | °C | time | ☕️ |
|:-------|---:|:----:|----|
| 绿茶 green | 80 | 2 min | 🟢 |
| 红茶 black | 95 | 3 min | 🔴 |
| ---------- | -- | ----- | ------------------------------ |

"""
_FORMULAS = r"""行内 $\Delta T = \frac{Q}{m c}$，and a display:

$$
T(t) = T_\infty + (T_0 - T_\infty)\, e^{-kt} \qquad \text{（牛顿冷却定律）}
$$

"""
_LIST = """1. 水 H₂O
   - [x] boiled
   - [ ] filtered
2. 茶叶
   > 引文 “quote”
   >
   > ---

<details>&amp; `inline ``code`` ` ~~gone~~ [link](https://example.com/?q=茶&x=1#片段)</details>

"""
_RUNS = "=" * 60 + "\n" + "0" * 45 + "\n" + "哈" * 40 + "\n" + "ab" * 30 + "\n" + " " * 40 + "|\n\n"
_PROSE = (
    "第{n}段。茶的味道来自茶多酚、咖啡碱和氨基酸，温度越高，茶多酚溶出越多，味道就越苦。"
    "Paragraph {n}: catechins dissolve faster in hot water, so green tea wants {t} °C and black tea wants more. "
    "每次只加 {n}·{t} 克，slowly. 😀\n\n"
)

MIXED_REPLY = (
    _HEAD
    + _CODE
    + _TABLE
    + _FORMULAS
    + _LIST
    + _RUNS
    + "".join(_PROSE.format(n=number, t=70 + number) for number in range(1, 22))
    + _CODE.replace("brew", "pour")
    + "结束。🏁"
)
"""It ends with a character of two UTF-16 units; about 4,200 code points."""

WITHOUT_RUNS = MIXED_REPLY.replace(_RUNS, "")
"""The same without the lines that say one thing again and again."""
