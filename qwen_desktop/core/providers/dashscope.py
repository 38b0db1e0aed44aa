"""DashScope's own protocol: a request to its stream.  The end of a stream is the frame with a finish reason."""

from __future__ import annotations

from qwen_desktop.core.protocol.native_chunks import NativeChunks
from qwen_desktop.core.protocol.request_body import build_native
from qwen_desktop.core.providers.reply_stream import Dialect, HttpProvider


class DashScopeProvider(HttpProvider):
    """Generates replies on the native paths of the service at `base_url`; see `base.Provider`."""

    dialect = Dialect(
        build=build_native,
        read=lambda is_cumulative: NativeChunks(is_cumulative=is_cumulative),
        usage_comes_last=False,
        is_dashscope=True,
        uploads_pictures=True,
    )
