"""The OpenAI-compatible protocol, DashScope's and that of local servers: a request to its stream of chat completions.

The reply is finished by its finish reason; usage and `[DONE]` come after it, and are waited for a second at most.
"""

from __future__ import annotations

from qwen_desktop.core.protocol.compatible_chunks import CompatibleChunks
from qwen_desktop.core.protocol.request_body import build_compatible
from qwen_desktop.core.providers.reply_stream import Dialect, HttpProvider


class CompatibleProvider(HttpProvider):
    """Generates replies on the OpenAI-compatible path of the server at `base_url`; see `base.Provider`."""

    dialect = Dialect(
        build=build_compatible,
        read=lambda is_cumulative: CompatibleChunks(is_cumulative=is_cumulative),
        usage_comes_last=True,
    )
