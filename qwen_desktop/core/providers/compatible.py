"""The OpenAI-compatible protocol, DashScope's and that of local servers: a request to its stream of chat completions.

The reply is finished by its finish reason; usage and `[DONE]` come after it, and are waited for a second at most.
"""

from __future__ import annotations

from qwen_desktop.core.protocol.compatible_chunks import CompatibleChunks
from qwen_desktop.core.protocol.request_body import WireOptions, build_compatible
from qwen_desktop.core.providers.addresses import Address
from qwen_desktop.core.providers.reply_stream import Dialect, HttpProvider


def _options_of(model_id: str, address: Address) -> WireOptions:
    is_dashscope = address.host == "aliyuncs.com" or address.host.endswith(".aliyuncs.com")
    return WireOptions.for_model(model_id, is_dashscope=is_dashscope)


class CompatibleProvider(HttpProvider):
    """Generates replies on `/compatible-mode/v1` of the service at `base_url`; see `base.Provider`."""

    dialect = Dialect(
        build=build_compatible,
        options_of=_options_of,
        read=lambda is_cumulative: CompatibleChunks(is_cumulative=is_cumulative),
        usage_comes_last=True,
    )
