"""Requests that left to a command for a POSIX shell and a Python script that send the same bytes again.

Both take the key from the environment.  The body may hold anything a model or a web page wrote, and a command is pasted
into a terminal: whatever could steer one is written as an escape.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence

from qwen_desktop.core.chat.message import SentRequest

KEY_VARIABLE = "DASHSCOPE_API_KEY"
_STEERING = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
"""Control and format characters: unseen, turning the direction, or acting as keys when they are pasted."""
_PIECE_CHARACTERS = 16 * 1024

_SCRIPT = """\
import os
import sys
import urllib.error
import urllib.request


class NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args):
        return None  # the key goes to the address below only


def ask(url, headers, body):
    request = urllib.request.Request(url, body.encode("utf-8"), headers, method="POST")
    try:
        with urllib.request.build_opener(NoRedirects).open(request) as response:
            for line in response:
                sys.stdout.buffer.write(line)
                sys.stdout.flush()
    except urllib.error.HTTPError as error:
        sys.exit(f"HTTP {error.code}: {error.read().decode('utf-8', 'replace')}")

"""


def as_curl(requests: Sequence[tuple[SentRequest, bytes]]) -> str:
    """One pipe for each request, in order; the body goes through a pipe, since an argument may not be so long."""
    return "\n\n".join(_curl(sent, body) for sent, body in requests) + "\n"


def _curl(sent: SentRequest, body: bytes) -> str:
    lines = [f"{_printed(body.decode())} | curl -sSN {_quoted(sent.url)}"]
    lines += [f"-H {_quoted(f'{name}: {value}')}" for name, value in sent.headers.items()]
    lines.append("-H 'Expect:'")  # curl would ask before it sends a large body
    if sent.has_key:
        lines.append(f'-H "Authorization: Bearer ${KEY_VARIABLE}"')
    lines.append("--data-binary @-")
    return " \\\n  ".join(lines)


def _printed(text: str) -> str:
    if not any(_STEERING.search(piece) for piece in _pieces(text)):
        return f"printf %s {_quoted(text)}"
    escaped = text.replace("\\", "\\\\").replace("%", "%%")
    return f"printf {_quoted(''.join(_STEERING.sub(_octal, piece) for piece in _pieces(escaped)))}"


def _pieces(text: str) -> Iterator[str]:
    """Of a size that takes a fraction of a millisecond; between them other threads, the window's among them, go on."""
    for at in range(0, len(text), _PIECE_CHARACTERS):
        yield text[at : at + _PIECE_CHARACTERS]
        time.sleep(0)


def _octal(found: re.Match[str]) -> str:
    return "".join(f"\\{byte:03o}" for byte in found[0].encode())


def _quoted(text: str) -> str:
    """One word of a shell, whatever is in it."""
    return "'" + "".join(piece.replace("'", "'\\''") for piece in _pieces(text)) + "'"


def as_python(requests: Sequence[tuple[SentRequest, bytes]]) -> str:
    """A script of the standard library alone that prints what comes."""
    calls = []
    for sent, body in requests:
        headers = [f"        {name!r}: {value!r},\n" for name, value in sent.headers.items()]
        if sent.has_key:
            headers.append(f'        "Authorization": f"Bearer {{os.environ[{KEY_VARIABLE!r}]}}",\n')
        # repr() writes what cannot be seen as escapes.
        written = "\n    ".join(map(repr, _pieces(body.decode())))
        calls.append(f"ask(\n    {sent.url!r},\n    {{\n{''.join(headers)}    }},\n    {written},\n)\n")
    return _SCRIPT + "\n" + "\n".join(calls)
