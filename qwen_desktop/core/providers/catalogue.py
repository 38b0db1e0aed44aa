"""Model ids to abilities: which native path, whether it thinks, how long a conversation may be, what it costs, and in
which order they are offered.

The tables stand in `resources/models.toml` and `resources/prices.toml`, readable, with their sources and dates; each is
read when it is first asked.  A model belongs to the family with the longest prefix of its id that fits.  One that is in
no family is usable all the same; what the service then refuses is repaired once (see `request_body.repair`) and what
its answers show is remembered (see `learned.py`).
"""

from __future__ import annotations

import dataclasses
import enum
import functools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from qwen_desktop.core.providers.servers import CHINA, Server, ServerKind

if TYPE_CHECKING:
    from qwen_desktop.core.chat.parameters import Range
    from qwen_desktop.core.chat.price import Price
    from qwen_desktop.core.providers.models_file import ModelsFile
    from qwen_desktop.core.providers.prices_file import PriceLists


class NativePath(enum.StrEnum):
    """Where a model lives on DashScope's own protocol."""

    TEXT = "/api/v1/services/aigc/text-generation/generation"
    MULTIMODAL = "/api/v1/services/aigc/multimodal-generation/generation"


class Thinking(enum.Enum):
    """Whether a model reasons before it writes."""

    NEVER = "never"
    OFF = "off"
    """Can be switched; off unless asked for."""
    ON = "on"
    """Can be switched; on unless asked not to."""
    ALWAYS = "always"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Abilities:
    """What is known of one model at one kind of server; None: not known."""

    path: NativePath = NativePath.TEXT
    thinking: Thinking = Thinking.UNKNOWN
    partial: bool | None = None
    """Continues a reply that was begun (partial mode)."""
    context_tokens: int | None = None
    """Input and output together."""
    is_cumulative: bool = False
    """Repeats the whole reply in every frame, whatever it is asked."""
    takes_one_prompt: bool = False
    """Accepts exactly one user message, no system message and no history."""
    max_input_tokens: int | None = None
    max_output_tokens: int | None = None
    max_budget: int | None = None
    """Largest `thinking_budget`; None: the field is not sent."""
    efforts: tuple[str, ...] = ()
    """Values of `reasoning_effort` it takes."""
    vision: bool | None = None
    pdf: bool | None = None
    search: bool | None = None
    search_strategy: str = ""
    """To be named in `search_options`; empty: the service's default works."""
    tools: bool | None = None
    wants_reasoning: bool = False
    """Expects its own earlier reasoning back, unchanged."""
    is_chat: bool = True
    """False: for speech; not to be offered for a chat."""
    is_known: bool = False
    """It belongs to a family of the table."""
    temperature: float | None = None
    """Its default, where that is published."""
    least_temperature: float = 0.0
    """The service silently raises lower ones to it."""
    sources: tuple[str, ...] = ()
    """Addresses of the pages this was read from."""
    read_on: date | None = None

    @property
    def can_switch_thinking(self) -> bool:
        return self.thinking in (Thinking.ON, Thinking.OFF)

    @property
    def may_search(self) -> bool:
        """Known to search the web, or a model of which nothing is known: the user's own wish finds it out."""
        return self.search is True or (self.search is None and not self.is_known)

    @property
    def may_see(self) -> bool:
        """Known to see pictures, or not known not to: the user's own picture finds it out."""
        return self.vision is not False

    @property
    def effort_choices(self) -> tuple[str, ...]:
        """Words for how long it may think that make a difference here, the smallest first; empty: none does.

        A model without efforts of its own but with a budget takes them as budgets; those above its largest are all the
        same, and only the first of them is offered."""
        if self.efforts or self.max_budget is None:
            return self.efforts
        from qwen_desktop.core.chat.parameters import EFFORT_BUDGETS, EFFORTS

        first: dict[int, str] = {}
        for effort in EFFORTS:
            first.setdefault(min(EFFORT_BUDGETS[effort], self.max_budget), effort)
        return tuple(first.values())

    @property
    def input_limit(self) -> int | None:
        """Most tokens a request may hold, to leave room for a whole reply; None: not known."""
        if self.max_input_tokens is not None or self.context_tokens is None:
            return self.max_input_tokens
        return self.context_tokens - (self.max_output_tokens or 0)


_UNKNOWN_MODEL = Abilities()
_THINKING_ONLY = re.compile(r"-thinking(-|$)")
_INSTRUCT_ONLY = re.compile(r"-instruct(-|$)")
_SAME_PRICE = re.compile(r"(-\d{4}-\d\d-\d\d|-latest)?", re.ASCII)
"""What may follow an id without changing its price."""
_NOT_FOR_CHATS = re.compile(
    r"embedding|rerank|(^|-)(tts|asr|image|livetranslate|realtime|voice)(-|$)"
    r"|^(wan|wanx|cosyvoice|paraformer|sambert|gummy|flux|stable-diffusion|fun-|qwen-image|z-image|video|emo|liveportrait)"
)
"""Ids of a live list that are no chat models, by the words in them."""


@functools.lru_cache(maxsize=1)
def _table() -> ModelsFile:
    from qwen_desktop.core.providers.models_file import read

    return read()


@functools.lru_cache(maxsize=1)
def _price_lists() -> PriceLists:
    from qwen_desktop.core.providers.prices_file import read

    return read()


def load() -> None:
    """Reads the table of models, which takes some milliseconds: from any thread, before somebody waits for it."""
    _table()


def load_prices() -> None:
    """The same for the prices, which only a request needs."""
    _price_lists()


@functools.lru_cache(maxsize=1024)
def abilities(model_id: str, server: Server = CHINA) -> Abilities:
    """What is known of this model there; dated snapshots and regional ids share their family's row."""
    name = _name(model_id, server)
    table = _table()
    found = next((table.families[prefix] for prefix in table.prefixes if name.startswith(prefix)), _UNKNOWN_MODEL)
    if _THINKING_ONLY.search(name):
        partial = False
        found = dataclasses.replace(found, thinking=Thinking.ALWAYS, partial=partial)
    elif _INSTRUCT_ONLY.search(name):
        found = dataclasses.replace(found, thinking=Thinking.NEVER, max_budget=None, efforts=())
    return _at_own_server(found, server) if server.is_own else found


def _name(model_id: str, server: Server) -> str:
    """The id as the table writes it: `Qwen/Qwen3-8B` is qwen3-8b, and at servers of one's own so is `qwen3:8b`."""
    name = model_id.strip().lower().rpartition("/")[2]
    return name.replace(":", "-") + "-" if server.is_own else name


def _at_own_server(found: Abilities, server: Server) -> Abilities:
    """The same model under the user's own settings: how much it reads is theirs, what the service adds is not there.

    llama.cpp goes on with a last message of the assistant and gives only what follows (seen, 2026-11-26)."""
    return dataclasses.replace(
        found,
        path=NativePath.TEXT,
        partial=server.kind is ServerKind.LLAMA_CPP,
        context_tokens=None,
        max_input_tokens=None,
        max_output_tokens=None,
        max_budget=None,
        efforts=(),
        pdf=False,
        search=False,
        search_strategy="",
        wants_reasoning=False,
        is_cumulative=False,
        takes_one_prompt=False,
        temperature=None,
        least_temperature=0.0,
    )


def ranges(known: Abilities) -> dict[str, Range]:
    """The ranges of a model's parameters, with its defaults; only those it takes."""
    from qwen_desktop.core.chat.parameters import RANGES

    own = dict(RANGES)
    default = known.temperature if known.temperature is not None else _table().temperature_of(known)
    own["temperature"] = dataclasses.replace(own["temperature"], least=known.least_temperature, default=default)
    if known.max_output_tokens is not None:
        own["max_tokens"] = dataclasses.replace(own["max_tokens"], most=known.max_output_tokens)
    if known.max_budget is None:
        del own["thinking_budget"]
    else:
        own["thinking_budget"] = dataclasses.replace(own["thinking_budget"], most=known.max_budget)
    return own


def price(model_id: str, server: Server = CHINA, own_prices: Mapping[str, Price] | None = None) -> Price | None:
    """What the model costs there; None: not known, or nothing is paid per token.

    `own_prices`, by model id, go first, at every server.  A price holds for the id itself, its dated snapshots and
    `-latest`, never for another id of its family."""
    name = model_id.strip().lower().rpartition("/")[2]
    own = {one.strip().lower(): found for one, found in (own_prices or {}).items()}
    if (found := _longest(own, name)) is not None:
        fees = _price_lists().searches.get((server.price_list, found.currency))
        return found if fees is None else dataclasses.replace(found, searches=fees)
    return _longest(_price_lists().models.get(server.price_list, {}), name)


def _longest(known: Mapping[str, Price], name: str) -> Price | None:
    for prefix in sorted((one for one in known if name.startswith(one)), key=len, reverse=True):
        if _SAME_PRICE.fullmatch(name[len(prefix) :]):
            return known[prefix]
    return None


@dataclass(frozen=True, slots=True)
class ListedModel:
    """One model as the picker offers it."""

    id: str
    """As the service writes it; sent unchanged."""
    abilities: Abilities


def merged(ids: Sequence[str], server: Server = CHINA) -> tuple[ListedModel, ...]:
    """A server's own list as it is offered: families in the table's order, in each the plain ids before their
    snapshots, newest first; then what nobody knows, in the server's order.  Models that are not for chats are left out.
    """
    order = {prefix: position for position, prefix in enumerate(_table().families)}
    rows: list[tuple[tuple[int, bool, str, int], ListedModel]] = []
    for position, model_id in enumerate(dict.fromkeys(ids)):
        known = abilities(model_id, server)
        name = _name(model_id, server)
        if not known.is_chat or (not server.is_own and _NOT_FOR_CHATS.search(name)):
            continue
        prefix = next((one for one in _table().prefixes if name.startswith(one)), None)
        if prefix is None:
            rows.append(((len(order), False, "", position), ListedModel(model_id, known)))
            continue
        plain, snapshot = _without_date(name)
        backwards = "".join(chr(0x10FFFF - ord(char)) for char in snapshot)
        rows.append(((order[prefix], bool(snapshot), plain + "\0" + backwards, position), ListedModel(model_id, known)))
    return tuple(model for _, model in sorted(rows, key=lambda row: row[0]))


_DATE = re.compile(r"-(\d{4}-\d\d-\d\d|\d{4})(?=-|$)", re.ASCII)


def _without_date(name: str) -> tuple[str, str]:
    found = _DATE.search(name)
    return (name, "") if found is None else (name[: found.start()] + name[found.end() :], found[1])


VISION_MODEL = "qwen3.7-plus"
"""What is named to somebody whose model cannot see."""


def suggested_model_ids() -> tuple[str, ...]:
    """What the picker offers before the service has told its own list; the default first."""
    return (
        "qwen3.7-plus",
        "qwen3.8-max",
        "qwen3.8-flash",
        "qwen3.7-max",
        "qwen3.7-flash",
        "qwen3-coder-plus",
        "qwen-plus",
        "qwen-long",
    )


@dataclass(frozen=True, slots=True)
class OfferedModel:
    """One row of the picker."""

    id: str
    is_unlisted: bool = False
    """The server has told its list, and this model is not in it."""


def offered(
    server: Server, *, in_use: str = "", suggested: Sequence[str] = (), listed: Sequence[str] | None = None
) -> tuple[OfferedModel, ...]:
    """What the picker offers: the `suggested` models in their order, before them the one `in_use` if it is none of
    these, then what else the server lists (see `merged`).

    `listed` None or empty: the server has not told.  What stands there first keeps its place when it does, so that no
    row moves under the mouse; what it does not list is marked, since the list may be older than the model.  A server
    of one's own, and one of unknown make, has none of the suggestions for certain: there they wait for the list."""
    first = [one for one in suggested if server.is_dashscope or one in (listed or ())]
    if in_use and in_use not in first:
        first.insert(0, in_use)
    if not listed:
        return tuple(OfferedModel(one) for one in first)
    there = set(listed)
    rest = [model.id for model in merged(listed, server) if model.id not in first]
    return (*(OfferedModel(one, one not in there) for one in first), *(OfferedModel(one) for one in rest))


_TITLE_MODELS = ("qwen-flash", "qwen3.8-flash")
"""Cheap ones that can do without thinking, the cheapest first."""


def title_model(model_id: str, server: Server = CHINA) -> str:
    """Who is asked for the title of a chat with that model: the cheapest whose price there is known, else the same."""
    if not server.is_dashscope or server.is_plan:
        return model_id
    return next((one for one in _TITLE_MODELS if price(one, server) is not None), model_id)


def suggested_vision_model(server: Server = CHINA) -> str | None:
    """The first suggested model that sees pictures there; None where nobody knows which models there are: at a plan,
    whose list is its own, at a server of one's own and at one of unknown make."""
    if not server.is_dashscope or server.is_plan:
        return None
    return next((one for one in suggested_model_ids() if abilities(one, server).vision), None)
