"""docs/architecture.md says what the source says, and every module says what it is for."""

from __future__ import annotations

import ast

from tests import update_architecture


def test_map_is_up_to_date() -> None:
    written = update_architecture.DOCUMENT.read_text("utf-8")
    assert written == update_architecture.document(), "run: python -m tests.update_architecture"


def test_every_module_with_code_has_a_docstring() -> None:
    silent = [
        str(file.relative_to(update_architecture.ROOT))
        for file in update_architecture.modules()
        if ast.parse(file.read_text("utf-8")).body and not update_architecture.first_sentence(file)
    ]
    assert not silent
