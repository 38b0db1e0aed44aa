"""Compressed bodies, cut anywhere, to plain pieces of bounded size."""

from __future__ import annotations

import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qwen_desktop.core.providers.content_encoding import PIECE_BYTES, BadEncoding, Inflater


def raw_deflate(data: bytes) -> bytes:
    pack = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return pack.compress(data) + pack.flush()


PACKERS = {
    "gzip": ("gzip", gzip.compress),
    "x-gzip": ("x-gzip", gzip.compress),
    "two members": ("gzip", lambda data: gzip.compress(data[:50]) + gzip.compress(data[50:])),
    "deflate": ("deflate", zlib.compress),
    "raw deflate": ("deflate", raw_deflate),
}


@pytest.mark.parametrize("name", PACKERS)
@given(data=st.binary(max_size=2_000), step=st.integers(2, 64))
def test_body_is_inflated_however_it_is_cut(name: str, data: bytes, step: int) -> None:
    encoding, pack = PACKERS[name]
    packed, inflater = pack(data), Inflater(encoding)
    plain = [piece for start in range(0, len(packed), step) for piece in inflater.feed(packed[start : start + step])]
    assert b"".join(plain) == data


def test_bomb_comes_in_small_pieces() -> None:
    bomb = gzip.compress(b"\0" * 50_000_000)
    sizes = [len(piece) for piece in Inflater("gzip").feed(bomb)]
    assert sum(sizes) == 50_000_000
    assert max(sizes) <= PIECE_BYTES


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip", "compress", "GZIP "])
def test_unknown_encoding_is_refused(encoding: str) -> None:
    with pytest.raises(BadEncoding):
        Inflater(encoding)


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_corrupt_body_is_told_after_what_came_before(encoding: str) -> None:
    pack = zlib.compressobj(wbits=zlib.MAX_WBITS | (16 if encoding == "gzip" else 0))
    inflater = Inflater(encoding)
    assert b"".join(inflater.feed(pack.compress(b"good") + pack.flush(zlib.Z_SYNC_FLUSH))) == b"good"
    with pytest.raises(BadEncoding):
        list(inflater.feed(b"\xff" * 64))
