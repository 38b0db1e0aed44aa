"""A TLS context and a proxy setting to the one `httpx.AsyncClient`, and each address to the way that leads to it.

Imported on a worker thread only (see `transport.py`): httpx is slow to import, and so are the system's certificates.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import ssl
import sys
import urllib.request
from collections.abc import Awaitable, Callable, Mapping
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any
from urllib.parse import urlsplit

import certifi
import httpx
import truststore

from qwen_desktop import __version__
from qwen_desktop.core.errors import ConnectionFailed
from qwen_desktop.core.providers.addresses import Address
from qwen_desktop.core.providers.warm_path import WarmPath, asking

with contextlib.suppress(ImportError):  # what the client would import on the loop within its first request, for 30 ms
    for _name in ("httpcore._backends.anyio", "anyio._backends._asyncio", "anyio._core._sockets"):
        importlib.import_module(_name)

Trace = Callable[[str, dict[str, Any]], Awaitable[None]]

KEEPALIVE_S = 4.0
UPLOAD_PIECE_BYTES = 256 * 1024
USER_AGENT = f"qwen-desktop/{__version__}"
_LIMITS = httpx.Limits(max_connections=None, max_keepalive_connections=8, keepalive_expiry=KEEPALIVE_S)
_PROXY_SCHEMES = ("http", "https", "socks5", "socks5h")
_SYSTEM_BUNDLES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/ssl/cert.pem",
    "/etc/pki/tls/cert.pem",
    "/etc/ssl/ca-bundle.pem",
)


def build_tls_context() -> ssl.SSLContext:
    """The system's trust store; certifi's where there is none, or where `SSL_CERT_FILE` names a file that is not there.

    Reads files, so call it off the loop."""
    if _system_store_is_usable():
        return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    return ssl.create_default_context(cafile=certifi.where())


def _system_store_is_usable() -> bool:
    named = os.environ.get("SSL_CERT_FILE")
    if named:
        return os.path.isfile(named)
    if sys.platform in ("win32", "darwin"):
        return True
    paths = ssl.get_default_verify_paths()
    if paths.cafile or (paths.capath and os.path.isdir(paths.capath) and os.listdir(paths.capath)):
        return True
    return any(os.path.isfile(bundle) for bundle in _SYSTEM_BUNDLES)


class Router(httpx.AsyncBaseTransport):
    """Sends each request directly or through the proxy that its address was given by `open_route`."""

    def __init__(self, tls: ssl.SSLContext, proxy_setting: str) -> None:
        self._tls = tls
        self._proxy_setting = proxy_setting.strip()
        self._warm_path = WarmPath()
        self._ways: dict[str | None, httpx.AsyncHTTPTransport] = {}
        self._proxies: dict[Address, str | None] = {}

    def open_route(self, address: Address) -> str | None:
        """Decide how `address` is reached, once; returns `host:port` of its proxy, None for a direct way.

        May look into the system's settings, so call it off the loop.  Raises ConnectionFailed('proxy')."""
        if not self.has_route(address):
            proxy = self._choose_proxy(address)
            if proxy not in self._ways:
                self._ways[proxy] = self._build_way(proxy)
            self._proxies[address] = proxy
        proxy = self._proxies[address]
        return None if proxy is None else _shown(proxy)

    def has_route(self, address: Address) -> bool:
        """Whether `open_route` has nothing to do but answer."""
        return address in self._proxies

    def _choose_proxy(self, address: Address) -> str | None:
        if address.is_loopback or self._proxy_setting == "none":
            return None
        if self._proxy_setting:
            return _normal_proxy(self._proxy_setting)
        found = urllib.request.getproxies()
        if urllib.request.proxy_bypass(f"{address.host}:{address.port}"):
            return None
        proxy = found.get(address.scheme) or found.get("all")
        return _normal_proxy(proxy) if proxy else None

    def keep_warm(self, address: Address) -> None:
        """Have a connection to `address` open, which was given a route, for a request that may come soon."""
        self._warm_path.keep(address, self._ways[self._proxies[address]]._pool)

    def cool(self) -> None:
        """Drop a connection that is open for a request to come."""
        self._warm_path.cool()

    def _build_way(self, proxy: str | None) -> httpx.AsyncHTTPTransport:
        way = self._make_way(proxy)
        # WORKAROUND httpx 0.28 hands no network backend on to httpcore's pool, which takes one.
        way._pool._network_backend = self._warm_path.backend()
        return way

    def _make_way(self, proxy: str | None) -> httpx.AsyncHTTPTransport:
        if proxy is None:
            return httpx.AsyncHTTPTransport(verify=self._tls, trust_env=False, limits=_LIMITS)
        try:
            way = httpx.Proxy(proxy, ssl_context=self._tls if proxy.startswith("https:") else None)
            return httpx.AsyncHTTPTransport(verify=self._tls, trust_env=False, limits=_LIMITS, proxy=way)
        except (ValueError, httpx.InvalidURL):
            raise _bad_proxy(proxy) from None  # the cause would quote the password

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        port = url.port or (443 if url.scheme == "https" else 80)
        address = Address(url.scheme, url.raw_host.decode("ascii").strip("[]"), port)
        with asking(address):
            return await self._ways[self._proxies[address]].handle_async_request(request)

    async def aclose(self) -> None:
        await self._warm_path.aclose()
        for way in self._ways.values():
            await way.aclose()


def build_client(router: Router) -> httpx.AsyncClient:
    """The client; its deadlines are the caller's own, since httpx's are per read and a slow drip passes them."""
    return httpx.AsyncClient(
        transport=router,
        trust_env=False,
        follow_redirects=False,
        timeout=None,
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
    )


class _Body(httpx.AsyncByteStream):
    """A request body in pieces.  No generator: a cancelled upload must not leave one behind, half run."""

    def __init__(self, body: bytes) -> None:
        self._body = body
        self._position = 0

    def __aiter__(self) -> _Body:
        self._position = 0
        return self

    async def __anext__(self) -> bytes:
        piece = self._body[self._position : self._position + UPLOAD_PIECE_BYTES]
        if not piece:
            raise StopAsyncIteration
        self._position += len(piece)
        return piece


def build_request(
    method: str, address: Address, path: str, headers: Mapping[str, str], body: bytes, trace: Trace
) -> httpx.Request:
    """A request whose progress is told to `trace` (httpcore's trace extension)."""
    merged = httpx.Headers({"Host": address.host_and_port, "User-Agent": USER_AGENT})
    merged.update(httpx.Headers(headers))
    merged["Accept-Encoding"] = "identity"
    if body:
        merged["Content-Length"] = str(len(body))
    return httpx.Request(
        method, address.base_url + path, headers=merged, stream=_Body(body), extensions={"trace": trace}
    )


def _normal_proxy(text: str) -> str:
    """`text` with a scheme httpx knows: desktops write `socks://` and people leave the scheme out."""
    proxy = text.strip()
    proxy = proxy if "://" in proxy else f"http://{proxy}"
    scheme, rest = proxy.split("://", 1)
    scheme = "socks5" if scheme.lower() == "socks" else scheme.lower()
    proxy = f"{scheme}://{rest}"
    if scheme not in _PROXY_SCHEMES or not _shown(proxy):
        raise _bad_proxy(proxy)
    return proxy


def _shown(proxy: str) -> str:
    """`host:port` of a proxy, without user and password; empty when it cannot be read."""
    try:
        parts = urlsplit(proxy)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return ""
    return f"{parts.hostname}{port}" if parts.hostname else ""


def _bad_proxy(proxy: str) -> ConnectionFailed:
    scheme = proxy.split("://", 1)[0][:20]
    return ConnectionFailed(
        f"the proxy's address cannot be used (scheme {scheme!r}; known: {', '.join(_PROXY_SCHEMES)})",
        reason="proxy",
        host=_shown(proxy) or None,
    )
