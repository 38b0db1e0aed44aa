"""Who answers at an address: the kinds of servers, and what each of them takes, whatever the model.

Alibaba's own hosts are known by their names.  A server near the user cannot be told by its address alone, except by the
port that nobody else uses; anything else that is not Alibaba's is an OpenAI-compatible server of an unknown make, until
the user says which.  Sources, read 2026-11-23 and 2026-11-26:
https://www.alibabacloud.com/help/en/model-studio/base-url, https://docs.ollama.com/api/openai-compatibility,
https://docs.vllm.ai/en/latest/features/reasoning_outputs/,
https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md, https://lmstudio.ai/docs/app/api/endpoints/openai.
"""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qwen_desktop.core.providers.addresses import Address


class ThinkingSwitch(enum.StrEnum):
    """How a server is told whether a model is to think."""

    FIELD = "enable_thinking"
    """A field of its own."""
    TEMPLATE = "chat_template_kwargs"
    """A variable of the model's chat template, by the same name."""
    EFFORT = "reasoning_effort"
    """The effort `none` switches it off; else it is as the model likes."""
    NONE = ""
    """Not at all."""


class ServerKind(enum.StrEnum):
    """The makes of servers; the value is what settings may call them."""

    CHINA = "china"
    INTERNATIONAL = "international"
    US = "us"
    HONG_KONG = "hong_kong"
    WORKSPACE = "workspace"
    """A host of one workspace, in some region."""
    CODING_PLAN = "coding_plan"
    TOKEN_PLAN = "token_plan"
    COMPATIBLE = "compatible"
    """OpenAI-compatible, of an unknown make; a proxy in front of the service, perhaps."""
    OLLAMA = "ollama"
    VLLM = "vllm"
    LLAMA_CPP = "llama_cpp"
    LM_STUDIO = "lm_studio"


_DASHSCOPE = frozenset(ServerKind) - {
    ServerKind.COMPATIBLE,
    ServerKind.OLLAMA,
    ServerKind.VLLM,
    ServerKind.LLAMA_CPP,
    ServerKind.LM_STUDIO,
}
_PLANS = frozenset({ServerKind.CODING_PLAN, ServerKind.TOKEN_PLAN})
_OWN = frozenset({ServerKind.OLLAMA, ServerKind.VLLM, ServerKind.LLAMA_CPP, ServerKind.LM_STUDIO})
_SWITCHES = {
    ServerKind.OLLAMA: ThinkingSwitch.EFFORT,
    ServerKind.VLLM: ThinkingSwitch.TEMPLATE,
    ServerKind.LLAMA_CPP: ThinkingSwitch.TEMPLATE,
    ServerKind.LM_STUDIO: ThinkingSwitch.NONE,
}
_PRICE_LISTS = {"cn-beijing": "china", "ap-southeast-1": "international"}


@dataclass(frozen=True, slots=True)
class Server:
    """One kind of server, and the region it stands in where that is known."""

    kind: ServerKind
    region: str = ""
    """'cn-beijing', 'ap-southeast-1', …; empty for a server that is not Alibaba's."""
    path: str = ""
    """Where its compatible protocol is, as the address says it; empty: where servers of its kind have it."""

    @property
    def is_dashscope(self) -> bool:
        """Alibaba's own: even a model nobody knows may be one that thinks."""
        return self.kind in _DASHSCOPE

    @property
    def is_own(self) -> bool:
        """One that the user runs: models by other names, limits by its own setting, nothing to pay per token."""
        return self.kind in _OWN

    @property
    def is_plan(self) -> bool:
        """Of a subscription: some models, by its own list, and nothing to pay per token."""
        return self.kind in _PLANS

    @property
    def has_native(self) -> bool:
        """Speaks DashScope's own protocol.  Of a server of unknown make nobody knows: the settings decide."""
        return not self.is_plan and not self.is_own and not self.path

    @property
    def switch(self) -> ThinkingSwitch:
        return _SWITCHES.get(self.kind, ThinkingSwitch.FIELD)

    @property
    def compatible_base(self) -> str:
        """What is put before `/chat/completions` and `/models`."""
        if self.path:
            return self.path
        return "/v1" if self.is_own or self.kind is ServerKind.CODING_PLAN else "/compatible-mode/v1"

    @property
    def price_list(self) -> str:
        """Name of the price list that holds here; empty: nothing is known, or nothing is paid per token."""
        return "" if self.is_plan else _PRICE_LISTS.get(self.region, "")


CHINA = Server(ServerKind.CHINA, "cn-beijing")
COMPATIBLE = Server(ServerKind.COMPATIBLE)
_BY_HOST = {
    "dashscope.aliyuncs.com": CHINA,
    "dashscope-intl.aliyuncs.com": Server(ServerKind.INTERNATIONAL, "ap-southeast-1"),
    "dashscope-us.aliyuncs.com": Server(ServerKind.US, "us-east-1"),
    "cn-hongkong.dashscope.aliyuncs.com": Server(ServerKind.HONG_KONG, "cn-hongkong"),
    "coding.dashscope.aliyuncs.com": Server(ServerKind.CODING_PLAN, "cn-beijing"),
}
_MAAS = re.compile(r"([a-z0-9_-]+)\.([a-z0-9-]+)\.maas\.aliyuncs\.com", re.ASCII)
MAKES = (ServerKind.OLLAMA, ServerKind.LM_STUDIO, ServerKind.LLAMA_CPP, ServerKind.VLLM)
"""Those a user runs, in the order they are offered."""
USUAL_PORTS = {
    ServerKind.OLLAMA: 11434,
    ServerKind.LM_STUDIO: 1234,
    ServerKind.LLAMA_CPP: 8080,
    ServerKind.VLLM: 8000,
}
_PORTS = {USUAL_PORTS[kind]: kind for kind in (ServerKind.OLLAMA, ServerKind.LM_STUDIO)}
"""Of servers on this computer, where nothing else listens by default.  vLLM's 8000, llama.cpp's 8080: anybody's."""


def server_at(address: Address, make: str = "") -> Server:
    """Who answers there, as far as the address tells.  `make`: what the user said of it, a value of ServerKind; counts
    only where the address is not one of Alibaba's."""
    host = address.host.removesuffix(".")
    if (known := _BY_HOST.get(host)) is not None:
        return known
    if found := _MAAS.fullmatch(host):
        kind = ServerKind.TOKEN_PLAN if found[1] == "token-plan" else ServerKind.WORKSPACE
        return Server(kind, found[2])
    if address.is_alibaba:
        return Server(ServerKind.WORKSPACE)  # another of Alibaba's hosts: its fields, its prices not known
    if make in _OWN:
        return Server(ServerKind(make), path=address.path)
    if not make and address.is_loopback and (kind_by_port := _PORTS.get(address.port)) is not None:
        return Server(kind_by_port, path=address.path)
    return Server(ServerKind.COMPATIBLE, path=address.path)


def name_of(kind: ServerKind) -> str:
    """What a make calls itself; '' for those that have no name of their own."""
    return {
        ServerKind.OLLAMA: "Ollama",
        ServerKind.LM_STUDIO: "LM Studio",
        ServerKind.LLAMA_CPP: "llama.cpp",
        ServerKind.VLLM: "vLLM",
    }.get(kind, "")
