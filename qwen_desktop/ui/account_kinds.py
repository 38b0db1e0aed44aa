"""The kinds of servers an account can be of: what each asks for in the form, what it is called, and back to an account.

No Qt here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from qwen_desktop.core.credentials.api_keys import KeyOrigin
from qwen_desktop.core.errors import ConnectionFailed
from qwen_desktop.core.providers.addresses import Address, complete_address, parse_base_url
from qwen_desktop.core.providers.regions import region_of
from qwen_desktop.core.providers.servers import MAKES, USUAL_PORTS, ServerKind, name_of, server_at
from qwen_desktop.core.settings.accounts import Account
from qwen_desktop.core.settings.settings import ChatSettings
from qwen_desktop.core.words import tr

if TYPE_CHECKING:
    from qwen_desktop.ui.views.account_dialog import Draft, Shape

ALIBABA, COMPATIBLE = "alibaba", str(ServerKind.COMPATIBLE)


def kinds() -> list[tuple[str, str]]:
    """Id and name of each kind, in the order they are offered; a region's id is its own."""
    from qwen_desktop.core.providers.regions import REGIONS

    return [
        *((region.id, tr("Alibaba Cloud, {region}", region=region.name)) for region in REGIONS),
        (ALIBABA, tr("Alibaba Cloud, workspace or plan")),
        *((str(make), name_of(make)) for make in MAKES),
        (COMPATIBLE, tr("Other OpenAI-compatible server")),
    ]


def kind_of(account: Account) -> str:
    """The kind an account is of."""
    if (region := region_of(account.base_url.rstrip("/"))) is not None:
        return region.id
    try:
        server = server_at(parse_base_url(account.base_url), account.make)
    except ConnectionFailed:
        return COMPATIBLE
    if server.is_dashscope or account.protocol == "native":
        return ALIBABA
    return str(server.kind)


def usual_address(kind: str) -> str:
    """Where a server of this kind is by default; '' where nobody knows."""
    return f"http://127.0.0.1:{USUAL_PORTS[ServerKind(kind)]}" if kind in MAKES else ""


def usual_model(kind: str) -> str:
    """The model that is suggested; '' where only the server knows."""
    return "" if kind in MAKES or kind == COMPATIBLE else ChatSettings().model


def shape_of(kind: str) -> Shape:
    """What the form asks for."""
    from qwen_desktop.ui.views.account_dialog import Shape

    name = dict(kinds()).get(kind, "")
    if kind == ALIBABA:
        example = "https://WORKSPACE.cn-beijing.maas.aliyuncs.com"
        return Shape(True, example, "sk-…", True, tr("The address"))
    if kind in MAKES or kind == COMPATIBLE:
        example = usual_address(kind) or "https://example.com/v1"
        return Shape(
            True, example, tr("Only if the server wants one"), False, name if kind in MAKES else tr("The address")
        )
    return Shape(False, "", "sk-…", True, name)


def account_from(draft: Draft, account_id: str) -> Account:
    """The account a form describes.  Raises ConnectionFailed('bad_address')."""
    from qwen_desktop.core.providers.regions import REGIONS

    region = next((one for one in REGIONS if one.id == draft.kind), None)
    if region is not None:
        return Account(account_id, draft.name, region.base_url, "", draft.protocol or "native", draft.model)
    address = parse_base_url(complete_address(draft.address))
    if draft.kind == ALIBABA or address.is_alibaba:
        if draft.kind == ALIBABA and not (address.is_alibaba or address.is_loopback):
            raise ConnectionFailed("not a host of Alibaba Cloud", reason="bad_address", host=address.host_and_port)
        protocol = (draft.protocol or "native") if server_at(address).has_native else "compatible"
        return Account(account_id, draft.name, address.url, "", protocol, draft.model)
    return Account(account_id, draft.name, _with_path(address, draft.kind), draft.kind, "compatible", draft.model)


def _with_path(address: Address, kind: str) -> str:
    """Servers of an unknown make have their protocol at `/v1` where nothing else was said."""
    return address.url if address.path or kind != COMPATIBLE else f"{address.url}/v1"


def is_key_optional(account: Account) -> bool:
    """A server that may be asked without a key."""
    try:
        return (
            not server_at(parse_base_url(account.base_url), account.make).is_dashscope and account.protocol != "native"
        )
    except ConnectionFailed:
        return False


def title_of(account: Account) -> str:
    """Its name; else that of its region or make; else its host."""
    if account.name:
        return account.name
    if (region := region_of(account.base_url.rstrip("/"))) is not None:
        return tr("Alibaba Cloud, {region}", region=region.name)
    try:
        address = parse_base_url(account.base_url)
    except ConnectionFailed:
        return account.base_url
    server = server_at(address, account.make)
    if server.kind is ServerKind.CODING_PLAN:
        return tr("Coding Plan")
    if server.kind is ServerKind.TOKEN_PLAN:
        return tr("Token Plan")
    return name_of(server.kind) or address.host_and_port


def short_key_words(origin: str, *, is_optional: bool) -> str:
    """Where a key stands, in two or three words."""
    match origin:
        case KeyOrigin.ENVIRONMENT:
            return tr("Key from environment")
        case KeyOrigin.KEYCHAIN:
            return tr("Key in system keychain")
        case KeyOrigin.SESSION:
            return tr("Key for this session")
        case KeyOrigin.NONE:
            return tr("No key needed") if is_optional else tr("No API key")
        case _:
            return tr("Keychain not available")


def programs() -> list[tuple[str, str, str]]:
    """Programs that run models on one's own computer: name, what it is, where it can be had."""
    return [
        ("Ollama", tr("Runs in the background; models by one command"), "https://ollama.com/download"),
        ("LM Studio", tr("A window to find and start models; switch its server on"), "https://lmstudio.ai"),
        ("llama.cpp", tr("Small and fast; starts with one file of a model"), "https://github.com/ggml-org/llama.cpp"),
        ("vLLM", tr("For graphics cards and many users"), "https://docs.vllm.ai"),
    ]
