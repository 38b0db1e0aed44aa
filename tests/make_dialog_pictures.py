"""Every dialog, page and panel as a picture, in both languages and both themes.

`python -m tests.make_dialog_pictures FOLDER` needs no screen; the pictures are `NAME-THEME-LANGUAGE.png`, and the names
are those of `tests/dialog_gallery.py`.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path


def main(folder: Path) -> int:
    """Gives the number of pictures."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtWidgets import QApplication

    from qwen_desktop.core.settings.settings import AppearanceSettings
    from qwen_desktop.core.words import set_language
    from qwen_desktop.start import translate_qt
    from qwen_desktop.ui.theme import Theme
    from tests.dialog_gallery import LANGUAGES, THEMES, gallery, shown

    folder.mkdir(parents=True, exist_ok=True)
    application = QApplication.instance() or QApplication([])
    assert isinstance(application, QApplication)
    count = 0
    for language in LANGUAGES:  # English first: Qt's own words cannot be taken back
        set_language(language)
        translate_qt(application)
        for mode in THEMES:
            theme = Theme()
            theme.install(application, AppearanceSettings(theme=mode))
            for name in gallery():
                with shown(name, theme) as widget:
                    picture = folder / f"{name}-{mode}-{language.split('_')[0]}.png"
                    assert widget.grab().save(str(picture)), picture
                    count += 1
    print(f"{count} pictures in {folder}")
    return count


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m tests.make_dialog_pictures FOLDER")
    main(Path(sys.argv[1]))
