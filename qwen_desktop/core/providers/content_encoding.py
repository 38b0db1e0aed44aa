"""Encoded body bytes to plain ones, in pieces of bounded size: a small bomb never becomes a large block of memory.

The app asks for `identity`.  Some gateways compress all the same, and httpx would inflate megabytes at a time.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator

PIECE_BYTES = 64 * 1024

_GZIP = zlib.MAX_WBITS | 16
_ZLIB = zlib.MAX_WBITS
_RAW_DEFLATE = -zlib.MAX_WBITS


class BadEncoding(Exception):
    """The body is not in the encoding it is labelled with, or in one that is not known here."""


class Inflater:
    """Bytes as they come to plain bytes, for `Content-Encoding: gzip` and `deflate`."""

    def __init__(self, encoding: str) -> None:
        """Raises BadEncoding for a name that is not known; lists of encodings are not either."""
        if encoding not in ("gzip", "x-gzip", "deflate"):
            raise BadEncoding(f"Content-Encoding: {encoding[:100]}")
        self._bits = _ZLIB if encoding == "deflate" else _GZIP
        self._inflate = zlib.decompressobj(self._bits)
        self._has_begun = False

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """The plain bytes of `chunk`, at most PIECE_BYTES each.  Raises BadEncoding while it is iterated."""
        if self._inflate.eof and chunk.strip(b"\0"):
            self._inflate = zlib.decompressobj(self._bits)  # a gzip body may have several members
        piece = b""
        while chunk or len(piece) == PIECE_BYTES:  # a full piece may have left more inside
            piece = self._decompress(chunk)
            chunk = self._inflate.unconsumed_tail
            if self._inflate.eof and (rest := self._inflate.unused_data.lstrip(b"\0")):
                self._inflate = zlib.decompressobj(self._bits)
                chunk = rest
            if piece:
                yield piece

    def _decompress(self, chunk: bytes) -> bytes:
        try:
            piece = self._inflate.decompress(chunk, PIECE_BYTES)
        except zlib.error as error:
            if self._bits != _ZLIB or self._has_begun:
                raise BadEncoding(str(error)) from error
            # Servers call two formats deflate: with the zlib header, as the standard says, and without.
            self._bits = _RAW_DEFLATE
            self._inflate = zlib.decompressobj(self._bits)
            self._has_begun = True
            return self._decompress(chunk)
        self._has_begun = True
        return piece
