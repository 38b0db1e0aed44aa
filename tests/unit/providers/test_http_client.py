"""How a request is put together, and which certificates are trusted."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Any

import pytest
import truststore

from qwen_desktop.core.providers.addresses import parse_base_url
from qwen_desktop.core.providers.http_client import build_request, build_tls_context


async def ignore(event: str, info: dict[str, Any]) -> None:
    """Nobody watches the request."""


def test_headers_of_any_case_are_merged_into_one() -> None:
    headers = {"accept": "text/event-stream", "ACCEPT-ENCODING": "gzip", "user-AGENT": "me", "content-length": "7"}
    request = build_request("POST", parse_base_url("https://x.test"), "/p", headers, b"{}", ignore)
    sent = [(name.lower(), value) for name, value in request.headers.raw]
    assert sorted(sent) == [
        (b"accept", b"text/event-stream"),
        (b"accept-encoding", b"identity"),
        (b"content-length", b"2"),
        (b"host", b"x.test"),
        (b"user-agent", b"me"),
    ]


def test_system_store_is_trusted_and_a_missing_file_falls_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "gone.pem"))
    fallback = build_tls_context()
    assert fallback.verify_mode is ssl.CERT_REQUIRED
    assert fallback.check_hostname
    assert fallback.cert_store_stats()["x509_ca"] > 50

    named = tmp_path / "named.pem"
    named.write_text("")
    monkeypatch.setenv("SSL_CERT_FILE", str(named))
    assert isinstance(build_tls_context(), truststore.SSLContext)
