"""The texts of the source code to the `.ts` catalogues: `python -m tests.update_translations`.

Adds what is missing as unfinished, drops what is no longer used, keeps what was translated; then says what is left to
do and exits 1 if there is anything.  `tests/unit/test_words.py` checks the same.
"""

from __future__ import annotations

import ast
import string
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree
from xml.sax.saxutils import escape

ROOT = Path(__file__).resolve().parent.parent
CODE = ROOT / "qwen_desktop"
FOLDER = ROOT / "resources" / "translations"
FORMS = {"zh_CN": 1, "en": 2}
"""Language to its number of plural forms.  English has an entry for each text with a number, and for no other."""


@dataclass(frozen=True)
class Use:
    """One call of `tr`."""

    where: str
    """`file:line`."""
    source: str
    """Empty if the text is not written out in the call."""
    has_number: bool
    names: frozenset[str] | None
    """The fields it is given; None if they cannot be told (`**values`)."""


def uses(folder: Path = CODE) -> list[Use]:
    """Every call of `tr` in the source code."""
    found = []
    for path in sorted(folder.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"), str(path))
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and _is_tr(node.func):
                found.append(_use(node, f"{path.relative_to(folder.parent)}:{node.lineno}"))
    return found


def placeholders(text: str) -> frozenset[str]:
    """The fields of a text, each with its conversion and format: `{n:,}` is another than `{n}`."""
    fields = (
        (name, conversion, spec) for _, name, spec, conversion in string.Formatter().parse(text) if name is not None
    )
    return frozenset(name + (f"!{conversion}" if conversion else "") + (f":{spec}" if spec else "")
                     for name, conversion, spec in fields)  # fmt: skip


def field_names(text: str) -> frozenset[str]:
    """The names a text has to be given."""
    return frozenset(name for _, name, _, _ in string.Formatter().parse(text) if name is not None)


def entries(code: str, folder: Path = FOLDER) -> dict[str, list[str]]:
    """All entries of a catalogue, unfinished ones too, as written in the file."""
    path = folder / f"qwen_desktop_{code}.ts"
    if not path.exists():
        return {}
    found: dict[str, list[str]] = {}
    for message in ElementTree.parse(path).iter("message"):
        source, translation = message.findtext("source") or "", message.find("translation")
        assert source not in found, f"twice in {path.name}: {source}"
        assert translation is not None, f"without translation in {path.name}: {source}"
        forms = [form.text or "" for form in translation.iter("numerusform")]
        found[source] = forms if message.get("numerus") == "yes" else [translation.text or ""]
    return found


def wanted(code: str, found: list[Use]) -> dict[str, bool]:
    """The texts a catalogue has to hold, and whether they have plural forms."""
    texts = {use.source: use.has_number for use in found if use.source}
    return texts if code != "en" else {source: True for source, has_number in texts.items() if has_number}


def update(code: str, folder: Path = FOLDER, code_folder: Path = CODE) -> list[str]:
    """Rewrites a catalogue; gives the texts that are still to be translated."""
    before = entries(code, folder)
    after: dict[str, tuple[bool, list[str]]] = {}
    for source, has_number in sorted(wanted(code, uses(code_folder)).items()):
        count = FORMS[code] if has_number else 1
        forms = (before.get(source, []) + [""] * count)[:count]
        after[source] = (has_number, forms)
    folder.mkdir(parents=True, exist_ok=True)
    text = "".join(_lines(code, after))
    path = folder / f"qwen_desktop_{code}.ts"
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8", newline="\n")
    return [source for source, (_, forms) in after.items() if not all(forms)]


def _lines(code: str, texts: dict[str, tuple[bool, list[str]]]) -> Iterator[str]:
    yield '<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE TS>\n'
    yield f'<TS version="2.1" language="{code}" sourcelanguage="en">\n<context>\n    <name>qwen_desktop</name>\n'
    for source, (has_number, forms) in texts.items():
        state = "" if all(forms) else ' type="unfinished"'
        body = (
            "".join(f"<numerusform>{escape(form)}</numerusform>" for form in forms) if has_number else escape(forms[0])
        )
        yield '    <message numerus="yes">\n' if has_number else "    <message>\n"
        yield f"        <source>{escape(source)}</source>\n"
        yield f"        <translation{state}>{body}</translation>\n    </message>\n"
    yield "</context>\n</TS>\n"


def _is_tr(function: ast.expr) -> bool:
    return (isinstance(function, ast.Name) and function.id == "tr") or (
        isinstance(function, ast.Attribute) and function.attr == "tr"
    )


def _use(call: ast.Call, where: str) -> Use:
    first = call.args[0] if call.args else None
    source = first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else ""
    given = [keyword.arg for keyword in call.keywords]
    has_number = len(call.args) > 1 or "n" in given
    names = None if None in given else frozenset(name for name in given if name) | ({"n"} if has_number else set())
    return Use(where, source, has_number, names)


def main() -> int:
    """Updates every catalogue and names what is left to translate."""
    left = {code: update(code) for code in FORMS}
    for code, sources in left.items():
        for source in sources:
            print(f"{code}: not translated: {source}")
    return 1 if any(left.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
