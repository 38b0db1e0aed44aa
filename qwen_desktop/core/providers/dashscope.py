"""DashScope's own protocol: a request to its stream.  The end of a stream is the frame with a finish reason."""

from __future__ import annotations

from collections.abc import Callable

from qwen_desktop.core.protocol.native_chunks import NativeChunks
from qwen_desktop.core.protocol.request_body import WireOptions, build_native
from qwen_desktop.core.providers.base import ReplyRequest, ReplyStream
from qwen_desktop.core.providers.reply_stream import ApiKeySource, Dialect, HttpReplyStream, ModelMemory, Service
from qwen_desktop.core.providers.transport import Transport

_DIALECT = Dialect(
    build=build_native,
    options_of=lambda model_id, address: WireOptions.for_model(model_id),
    read=lambda is_cumulative: NativeChunks(is_cumulative=is_cumulative),
    usage_comes_last=False,
)


class DashScopeProvider:
    """Generates replies on the native paths of the service at `base_url`; see `base.Provider`."""

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
