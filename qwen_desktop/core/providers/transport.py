"""One HTTP client for the whole process: settings in, an `httpx.AsyncClient` out, built off the loop when first needed.

Building it costs about 0.1 s (importing httpx, reading the system's certificates), so it happens on a worker thread and
not before the first request.  HTTP/1.1 only, no redirects, no cookies, no compression asked for.  Idle connections are
kept for 4 s: a longer pause is where servers and routers drop them in silence, and a generation written to such a
connection is lost in a way that cannot be told from one that was read.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Callable, Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from qwen_desktop.core.absent import absent
from qwen_desktop.core.errors import ConnectionFailed
from qwen_desktop.core.late_tls import give_asyncio_tls
from qwen_desktop.core.providers.addresses import Address, check_may_send
from qwen_desktop.core.settings.settings import NetworkSettings

if TYPE_CHECKING:
    import httpx

    from qwen_desktop.core.providers.http_client import Router


@dataclass(frozen=True, slots=True)
class Loan:
    """The client for one request."""

    client: httpx.AsyncClient
    proxy: str | None
    """`host:port` of the proxy in between; None for a direct way."""
    retire: Callable[[], None]
    """Lend this client to nobody else: its books may be wrong."""


@dataclass(slots=True, eq=False)
class _Pool:
    client: httpx.AsyncClient
    router: Router
    borrowers: int = 0


class Transport:
    """Owns the client and lends it out.  Used on one event loop."""

    def __init__(self, network: NetworkSettings | None = None, *, confirmed_hosts: Collection[str] = ()) -> None:
        give_asyncio_tls()
        self._network = network or NetworkSettings()
        self._confirmed_hosts = frozenset(confirmed_hosts)
        self._tls: ssl.SSLContext | None = None
        self._pool: _Pool | None = None
        self._retired: list[_Pool] = []
        self._building = asyncio.Lock()
        self._preparing: asyncio.Task[None] | None = None

    @property
    def network(self) -> NetworkSettings:
        """Deadlines and proxy of the next request."""
        return self._network

    def configure(self, network: NetworkSettings, *, confirmed_hosts: Collection[str] | None = None) -> None:
        """Use other settings from the next request on; streams under way keep the connection they have.

        `confirmed_hosts`: `host` or `host:port` the user agreed to reach over plain http; None leaves them as they are.
        """
        if confirmed_hosts is not None:
            self._confirmed_hosts = frozenset(confirmed_hosts)
        if network.proxy != self._network.proxy and self._pool is not None:
            self._retire(self._pool)
        self._network = network

    @contextlib.asynccontextmanager
    async def borrow(self, address: Address) -> AsyncIterator[Loan]:
        """The client, with the way to `address` decided, for as long as the block runs.

        Raises ConnectionFailed: 'plain_http', or 'proxy' when the proxy's own address cannot be used."""
        check_may_send(address, self._confirmed_hosts.union(self._network.plain_http_hosts))
        pool = await self._pool_for(address)
        pool.borrowers += 1
        try:
            yield Loan(pool.client, pool.router.open_route(address), lambda: self._retire(pool))
        finally:
            pool.borrowers -= 1

    async def _pool_for(self, address: Address) -> _Pool:
        async with self._building:
            await self._close_retired()
            if self._pool is None:
                self._pool = await asyncio.to_thread(self._build, self._network.proxy)
            pool = self._pool
            if not pool.router.has_route(address):
                await asyncio.to_thread(pool.router.open_route, address)
        return pool

    def warm(self, address: Address) -> None:
        """The user is writing what may soon be sent to `address`: have a connection open, on which nothing is sent.

        Call it at each change of the text; costs next to nothing.  Fails in silence.  Plain http is left alone: on
        this computer there is nothing to gain."""
        if address.scheme != "https" or self._preparing is not None:
            return
        pool = self._pool
        if pool is not None and pool.router.has_route(address):
            pool.router.keep_warm(address)
        else:
            self._preparing = asyncio.get_running_loop().create_task(self._prepare(address), name="prepare to connect")

    async def _prepare(self, address: Address) -> None:
        try:
            pool = await self._pool_for(address)
        except ConnectionFailed:
            return  # the proxy's own address: the request will tell
        finally:
            self._preparing = None
        pool.router.keep_warm(address)

    async def aclose(self) -> None:
        """Close every connection, those of streams under way too.  The next request builds a new client."""
        if self._preparing is not None:
            self._preparing.cancel()
            await asyncio.wait({self._preparing})
        pools = [*self._retired, *([self._pool] if self._pool is not None else [])]
        self._retired, self._pool = [], None
        for pool in pools:
            await pool.client.aclose()

    def _build(self, proxy: str) -> _Pool:
        # Where click and rich are installed, httpx would import them for its command line client: 7 MB.
        with absent("httpx._main"):
            from qwen_desktop.core.providers.http_client import Router, build_client, build_tls_context

        if self._tls is None:
            self._tls = build_tls_context()
        router = Router(self._tls, proxy)
        return _Pool(build_client(router), router)

    def _retire(self, pool: _Pool) -> None:
        pool.router.cool()
        if pool is self._pool:
            self._retired.append(pool)
            self._pool = None

    async def _close_retired(self) -> None:
        unused = [pool for pool in self._retired if pool.borrowers == 0]
        self._retired = [pool for pool in self._retired if pool.borrowers > 0]
        for pool in unused:
            await pool.client.aclose()
