"""Foreign exceptions (httpx, ssl, sockets) to ConnectionFailed or ProtocolViolated, once, at the edge.

The texts of these exceptions are for nobody: they may be empty, and one class stands for several things, so the whole
chain of causes is read and the first telling link decides.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator

from qwen_desktop.core.errors import ConnectionFailed, ProtocolViolated, ProviderError
from qwen_desktop.core.providers.failures import clean_detail

_HTTP_NOISE = ("illegal status line", "illegal header line", "bad response", "illegal chunk")


def from_exception(
    error: BaseException, *, host: str, proxy: str | None = None, sending_began: bool, api_key: str | None = None
) -> ProviderError:
    """The error for a failed exchange before its response came.

    `sending_began`: the generation's own request had started to leave, so whether the service took it is unknown and it
    must not be sent again unasked.  `proxy`: `host:port` of the proxy in between; it is named where it is what failed.
    """
    chain = list(_chain(error))
    detail = clean_detail(_describe(chain), api_key)
    if sending_began:
        text = " ".join(str(link) for link in chain).lower()
        if any(noise in text for noise in _HTTP_NOISE):
            return ProtocolViolated(detail, reason="not_http", host=host)
        if "receive buffer too long" in text or "too many headers" in text:
            return ProtocolViolated(detail, reason="too_large", host=host)
        return ConnectionFailed(detail, reason="lost", host=host)
    reason = _connect_reason(chain, proxy is not None)
    # A certificate or a password does not change by trying again; everything else never reached the service.
    may_resend = reason not in ("certificate", "proxy_auth")
    host = proxy if proxy and reason in ("proxy", "proxy_auth") else host
    return ConnectionFailed(detail, reason=reason, host=host, safe_to_resend=may_resend)


def _connect_reason(chain: list[BaseException], via_proxy: bool) -> str:
    names = {cls.__name__ for link in chain for cls in type(link).__mro__}
    if "ProxyError" in names:
        text = " ".join(str(link) for link in chain).lower()
        needs_password = "407" in text or "username/password" in text or "requested no authentication" in text
        return "proxy_auth" if needs_password else "proxy"
    for link in chain:
        if isinstance(link, ssl.SSLCertVerificationError):
            return "certificate"
        if isinstance(link, ssl.SSLError):
            return "tls"
    for link in chain:
        if isinstance(link, socket.gaierror):
            return "proxy" if via_proxy else "dns"
        if isinstance(link, ConnectionRefusedError):
            return "proxy" if via_proxy else "refused"
        if isinstance(link, TimeoutError):
            return "timeout"
    if via_proxy:
        return "proxy"
    if names & {"TimeoutException"}:
        return "timeout"
    # What is left broke off while connecting: the other side hung up during the TLS handshake.
    return "tls" if names & {"EndOfStream", "BrokenResourceError", "ConnectionResetError"} else ""


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """`error`, what it stands for and what caused it; members of groups too, each once."""
    seen: set[int] = set()
    waiting = [error]
    while waiting:
        link = waiting.pop(0)
        if link is None or id(link) in seen:
            continue
        seen.add(id(link))
        yield link
        if isinstance(link, BaseExceptionGroup):
            waiting.extend(link.exceptions)
        waiting.extend((link.__cause__, link.__context__))


def _describe(chain: list[BaseException]) -> str:
    """The first text found from the outside in, with the type it came from."""
    for link in chain:
        if text := str(link).strip():
            return f"{type(link).__name__}: {text}"
    return type(chain[-1]).__name__
