"""Replies to the pictures in tests/data/looks: `python -m tests.update_looks` draws them anew; look at them before.

`tests/gui/transcript/test_looks.py` compares.  They are drawn with fonts that are named here, so they can only be
compared where those are installed: `missing_fonts` says which are not.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QEventLoop, QRect, Qt
from PySide6.QtGui import QFont, QFontDatabase, QFontInfo, QFontMetricsF, QImage
from PySide6.QtWidgets import QApplication, QWidget

from qwen_desktop.core.chat.message import Message, MessageStatus, Role
from qwen_desktop.ui.theme import DARK, INTERFACE_PT, LIGHT, Colours, Theme
from qwen_desktop.ui.transcript.math_service import math_service
from qwen_desktop.ui.transcript.view import TranscriptView

FOLDER = Path(__file__).resolve().parent / "data" / "looks"
FAMILY = "Noto Sans CJK SC"
MONO_FAMILY = "DejaVu Sans Mono"
SAMPLE, SAMPLE_WIDTHS = "Streaming 流式传输，0123", (171, 188)
"""Words and their width in px in both fonts: another version of a font that is as wide looks the same."""
WIDTH, MOST_HEIGHT = 720, 1_600
THEMES = {"light": LIGHT, "dark": DARK}
PROMPT = "怎么用 httpx 解析 DashScope 的流式输出？"
TEXTS = {
    "text": r"""# 从字节到屏幕

按**字节**切分，以 `finish_reason` 判断结束；*强调*、~~删除~~与[链接](https://example.com)。中文与
English words 混排时，逗号、句号（以及括号）都不出现在行首，`SSEDecoder.feed(chunk)`之后也可以断行。

## 列表与引用

1. 建立连接，超时 10 s
   - 嵌套的列表
     - 第三层
2. 读取事件

- [x] 已完成
- [ ] 未完成

> 引用一段话，含公式 $E = mc^2$。
>
> > 再引用一层。

### 三级标题

مرحبا بالعالم! نص عربي مع `code` وكلمات English.
""",
    "blocks": r"""#### 代码、表格与公式

```python
async def events(response):
    async for chunk in response.aiter_bytes():  # 读取
        yield decoder.feed(chunk, limit=16)
```

| 项目 | 数量 | 单价（元） | 说明 |
|:-----|:----:|-------:|------|
| 苹果 | 3 | 12.50 | 红富士 |
| 香蕉 banana | 12 | 3.80 | `code` 与**粗体** |

方程的根是 $x = \frac{-b \pm \sqrt{b^2-4ac}}{2a}$，其中：

$$
\sum_{i=1}^{n} i = \frac{n(n+1)}{2}, \quad A = \begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}
$$

![一张猫的图片](https://images.example.com/cat.png)

---

最后一行。
""",
}


def missing_fonts() -> str:
    """Why the pictures cannot be compared here; empty if they can."""
    for family, expected in zip((FAMILY, MONO_FAMILY), SAMPLE_WIDTHS, strict=True):
        if not QFontDatabase.hasFamily(family):
            return f"the font {family} is not installed"
        width = round(QFontMetricsF(_font(family)).horizontalAdvance(SAMPLE))
        if width != expected:
            return f"another version of {family}: the sample is {width} px wide instead of {expected}"
    fixed = QFontInfo(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)).family()
    found = fixed if QFontInfo(QFont(fixed)).fixedPitch() else QFontInfo(QFont("monospace")).family()
    return "" if found == MONO_FAMILY else f"the system's font for code is {found}, not {MONO_FAMILY}"


def draw(name: str, colours: Colours) -> QImage:
    """One of the texts as a prompt and its reply are shown, without what depends on the time of day."""
    with _fixed_font():
        view = TranscriptView(Theme(colours))
        try:
            view.resize(WIDTH, MOST_HEIGHT)
            view.show()
            moment = datetime(2026, 11, 23, 14, 32, tzinfo=UTC)
            view.show_messages([
                Message(1, 1, None, Role.USER, PROMPT, MessageStatus.COMPLETE, moment),
                Message(2, 1, None, Role.ASSISTANT, TEXTS[name], MessageStatus.COMPLETE, moment,
                        reasoning="想一想。", thinking_s=12.0),
            ])  # fmt: skip
            for _ in range(2):  # what was drawn in the meantime may be wanted in another size
                _wait_until(lambda: math_service().is_idle and not view.is_busy and not view.scheduler.is_waiting)
                view.viewport().grab()
                QApplication.processEvents()
            _leave_alone(view)
            widget = view.widget_of(2)
            assert widget is not None
            flow, _, y = widget.section("body")
            assert flow is not None
            image = view.grab(QRect(0, 0, WIDTH, view.viewport().y() + widget.y() + y + flow.height + 4)).toImage()
        finally:
            view.close()
            view.deleteLater()
            QApplication.processEvents()
    return image.convertToFormat(QImage.Format.Format_RGB32)


def differences(one: QImage, other: QImage) -> tuple[int, int]:
    """Of two pictures of one size: how many pixels differ at all, and how many differ much."""
    some = much = 0
    for y in range(one.height()):
        left, right = bytes(one.constScanLine(y)), bytes(other.constScanLine(y))
        if left != right:
            for at in range(0, 4 * one.width(), 4):
                by = max(abs(left[at + k] - right[at + k]) for k in range(3))
                some += by > LITTLE
                much += by > MUCH
    return some, much


LITTLE, MUCH = 2, 40
"""Of 255 levels of a colour: what is no difference, and more than the edges of letters may differ."""


def picture_of(name: str, theme: str) -> Path:
    return FOLDER / f"{name}-{theme}.png"


def _font(family: str) -> QFont:
    font = QFont([family, MONO_FAMILY])
    font.setPointSizeF(INTERFACE_PT)
    return font


@contextmanager
def _fixed_font() -> Iterator[None]:
    before = QApplication.font()
    QApplication.setFont(_font(FAMILY))
    try:
        yield
    finally:
        QApplication.setFont(before)


def _leave_alone(view: TranscriptView) -> None:
    """Neither mouse nor keyboard is at a message, wherever a test before has left them: no buttons are shown for it."""
    focus = QApplication.focusWidget()
    if focus is not None:
        focus.clearFocus()
    for widget in view.findChildren(QWidget):
        widget.setAttribute(Qt.WidgetAttribute.WA_UnderMouse, False)
    for message_id in view.message_ids:
        message = view.widget_of(message_id)
        assert message is not None
        message.refresh_footer()


def _wait_until(is_done: Callable[[], bool], timeout_s: float = 20.0) -> None:
    deadline = time.monotonic() + timeout_s
    while not is_done():
        assert time.monotonic() < deadline, "not drawn in time"
        QApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 20)


def main() -> int:
    os.environ["QWEN_DESKTOP_LANG"] = "en"
    application = QApplication.instance() or QApplication([])
    reason = missing_fonts()
    if reason:
        print(f"Not drawn: {reason}.")
        return 1
    FOLDER.mkdir(exist_ok=True)
    for name in TEXTS:
        for theme, colours in THEMES.items():
            image = draw(name, colours)
            assert image.save(str(picture_of(name, theme)))
            print(f"{picture_of(name, theme).name}: {image.width()} × {image.height()}")
    math_service().close()
    del application
    return 0


if __name__ == "__main__":
    sys.exit(main())
