"""Usual ports of this computer to the model servers that answer there, with their models: one free request each.

Only when the user asks for it, never to another computer, without a key, and within about a second.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from qwen_desktop.core.errors import ProviderError
from qwen_desktop.core.providers.addresses import parse_base_url
from qwen_desktop.core.providers.model_list import Model, fetch_models, offerable
from qwen_desktop.core.providers.servers import USUAL_PORTS, Server, ServerKind
from qwen_desktop.core.providers.transport import Transport

DEADLINE_S = 1.0
MOST_MODELS = 500
_OWNERS = {
    "llamacpp": ServerKind.LLAMA_CPP,
    "vllm": ServerKind.VLLM,
    "library": ServerKind.OLLAMA,
    "organization_owner": ServerKind.LM_STUDIO,
}
"""What each make writes as `owned_by`; llama.cpp's was seen, the others are of their documentation (2026-11-26)."""


@dataclass(frozen=True, slots=True)
class NearbyServer:
    """One that answered."""

    kind: ServerKind
    """COMPATIBLE where it did not say."""
    base_url: str
    model_ids: tuple[str, ...]


async def find_nearby(
    transport: Transport, ports: Mapping[ServerKind, int] | None = None, *, deadline_s: float = DEADLINE_S
) -> list[NearbyServer]:
    """All that answer with a list of models, in the order of `ports` (None: the usual ones).  Cancelled, it leaves
    nothing behind."""
    async with transport.borrow(parse_base_url("http://127.0.0.1")):  # built before the clock starts
        pass
    found = await asyncio.gather(
        *(_ask(transport, kind, port, deadline_s) for kind, port in (ports or USUAL_PORTS).items())
    )
    return [server for server in found if server is not None]


async def _ask(transport: Transport, kind: ServerKind, port: int, deadline_s: float) -> NearbyServer | None:
    base_url = f"http://127.0.0.1:{port}"
    server = Server(ServerKind.COMPATIBLE, path="/v1")
    try:
        async with asyncio.timeout(deadline_s):
            models = await fetch_models(transport, base_url, None, needs_key=False, server=server)
    except (ProviderError, TimeoutError):
        return None
    said = kind_of(models)
    if said is ServerKind.COMPATIBLE and kind in (ServerKind.OLLAMA, ServerKind.LM_STUDIO):
        said = kind  # nobody else has its port
    return NearbyServer(
        said,
        base_url,
        tuple(offerable(model.id for model in models[:MOST_MODELS])),
    )


def kind_of(models: list[Model]) -> ServerKind:
    """Who answers, as far as the list says."""
    kinds = {_OWNERS.get((model.owned_by or "").lower()) for model in models}
    kind = kinds.pop() if len(kinds) == 1 else None
    return kind or ServerKind.COMPATIBLE
