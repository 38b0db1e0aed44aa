"""The OpenAI-compatible protocol, DashScope's and that of local servers: a request to its stream of chat completions.

The reply is finished by its finish reason; usage and `[DONE]` come after it, and are waited for a second at most.
"""

from __future__ import annotations

from collections.abc import Callable

from qwen_desktop.core.protocol.compatible_chunks import CompatibleChunks
from qwen_desktop.core.protocol.request_body import WireOptions, build_compatible
from qwen_desktop.core.providers.addresses import Address
from qwen_desktop.core.providers.base import ReplyRequest, ReplyStream
from qwen_desktop.core.providers.reply_stream import ApiKeySource, Dialect, HttpReplyStream, ModelMemory, Service
from qwen_desktop.core.providers.transport import Transport


def _options_of(model_id: str, address: Address) -> WireOptions:
    is_dashscope = address.host == "aliyuncs.com" or address.host.endswith(".aliyuncs.com")
    return WireOptions.for_model(model_id, is_dashscope=is_dashscope)


_DIALECT = Dialect(
    build=build_compatible,
    options_of=_options_of,
    read=lambda is_cumulative: CompatibleChunks(is_cumulative=is_cumulative),
    usage_comes_last=True,
)


class CompatibleProvider:
    """Generates replies on `/compatible-mode/v1` of the service at `base_url`; see `base.Provider`."""

    def __init__(
        self,
        transport: Transport,
        *,
        base_url: str,
        api_key: ApiKeySource,
        needs_key: bool = True,
        memory: ModelMemory | None = None,
    ) -> None:
        self._service = Service(transport, base_url, api_key, needs_key, {} if memory is None else memory)

    def stream(self, request: ReplyRequest, *, on_sent: Callable[[], None] | None = None) -> ReplyStream:
        return HttpReplyStream(self._service, _DIALECT, request, on_sent)
