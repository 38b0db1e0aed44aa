"""Header bytes to method, target and fields, or to a refusal: the part of HTTP/1.1 that reads what a client claims.

As RFC 9112 §3 and §5 (https://www.rfc-editor.org/rfc/rfc9112, read 2026-11-23); whatever is ambiguous is refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

LOOPBACK_HOSTS = ("127.0.0.1", "localhost", "::1")
MAX_HEAD_BYTES = 32 * 1024
MAX_HEADERS = 100
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")
_TARGET = re.compile(r"[!-~]+\Z")
_HOST = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]+))(?::[0-9]{0,5})?\Z")


@dataclass(frozen=True, slots=True)
class Request:
    """One request, whole."""

    method: str
    path: str
    """Without the query, as sent (percent signs kept)."""
    query: str
    headers: Mapping[str, str]
    """Names in lower case; repeated fields joined by a comma."""
    body: bytes = b""


class Refused(Exception):
    """The request cannot be read; the connection is of no more use."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status
        self.why = why


def parse_head(head: bytes) -> tuple[str, str, str, dict[str, str]]:
    lines = head.decode("latin-1").split("\r\n")[:-2]
    if lines and not lines[0]:
        del lines[0]
    words = lines[0].split(" ") if lines else []
    if len(words) != 3 or not _TOKEN.match(words[0]) or not _TARGET.match(words[1]):
        raise Refused(400, "The request line cannot be read.")
    if words[2] not in ("HTTP/1.1", "HTTP/1.0"):
        raise Refused(505 if words[2].startswith("HTTP/") else 400, "Only HTTP/1.1 is spoken here.")
    if len(lines) - 1 > MAX_HEADERS:
        raise Refused(431, "Too many header fields.")
    headers: dict[str, str] = {}
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        if not colon or not _TOKEN.match(name) or any(c in value for c in "\r\n\0"):
            raise Refused(400, "A header field cannot be read.")
        name, value = name.lower(), value.strip(" \t")
        if name in headers and name in ("host", "content-length", "transfer-encoding"):
            raise Refused(400, f"{name} was sent twice.")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return words[0], words[1], words[2], headers


def split_target(target: str, headers: Mapping[str, str]) -> tuple[str, str, str]:
    """Host, path and query of a request target in origin, absolute or asterisk form."""
    host = headers.get("host")
    if host is None:
        raise Refused(400, "Host is missing.")
    if target.lower().startswith("http://"):
        host, slash, rest = target[7:].partition("/")
        target = slash + rest or "/"
    if not target.startswith("/") and target != "*":
        raise Refused(400, "The request target cannot be read.")
    path, _, query = target.partition("?")
    return host, path, query


def is_loopback(host_and_port: str) -> bool:
    match = _HOST.match(host_and_port)
    if match is None:
        return False
    host = (match.group(1) or match.group(2)).lower()
    return host in LOOPBACK_HOSTS or re.fullmatch(r"127(?:\.[0-9]{1,3}){3}", host) is not None
