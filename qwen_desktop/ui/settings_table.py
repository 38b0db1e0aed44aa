"""Every setting a person can change, one row each: page, words, unit, kind of control; ranges come from the settings.

No Qt here.  The words are looked up through the function that is handed in, so that a search finds a row by its words
in every language.
"""

from __future__ import annotations

import enum
from dataclasses import fields, replace
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from qwen_desktop.core.settings.settings import Rule, Settings
from qwen_desktop.core.translations import LANGUAGES
from qwen_desktop.core.words import tr as tr_now
from qwen_desktop.core.words import tr_into
from qwen_desktop.ui.shortcuts import shortcuts

if TYPE_CHECKING:
    from collections.abc import Callable


class Control(enum.StrEnum):
    """What a row is changed with."""

    SWITCH = "switch"
    CHOICE = "choice"
    NUMBER = "number"
    TEXT = "text"
    FONT = "font"
    KEYS = "keys"
    OWN = "own"
    """One of a kind; the dialog knows how."""


class Row(NamedTuple):
    """One row.  `key` is `table.field` of the settings, or a single word for what is no setting of the file."""

    key: str
    page: str
    control: Control
    title: str
    hint: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    """(value, words)."""
    unit: str = ""
    factor: float = 1.0
    """The shown number is the setting times this."""
    step: float = 1.0
    """Of the shown number."""
    zero_words: str = ""
    """What the number 0 stands for, where it stands for something else."""
    group: str = ""
    """Heading above this row."""
    keywords: str = ""
    """More words a search finds it by."""


NOT_SHOWN = {
    "server.base_url": "belongs to the account in use, and is written with it",
    "server.account": "which account is in use is chosen in their list",
    "server.make": "belongs to the account in use, and is written with it",
    "chat.protocol": "belongs to the account in use, and is written with it",
    "network.plain_http_hosts": "asked when such an address is entered, never before",
    "server.demo": "chosen on the page of the first start, and given up there or by setting a key",
    "appearance.sidebar_visible": "the window remembers what was done to its sidebar",
    "appearance.sidebar_width_px": "the window remembers what was done to its sidebar",
    "desktop.tray_hint": "what the app has told and need not tell again is nothing to choose",
    "quick_ask.width_px": "the quick ask remembers the size it was given",
    "quick_ask.height_px": "the quick ask remembers the size it was given",
}
"""Fields of the settings without a row, each with the reason."""


def pages(tr: Callable[..., str] = tr_now) -> dict[str, str]:
    """Name of a page to its title, in their order."""
    return {
        "general": tr("General"),
        "models": tr("Models and servers"),
        "keys": tr("API keys"),
        "appearance": tr("Appearance"),
        "shortcuts": tr("Shortcuts"),
        "network": tr("Network"),
        "usage": tr("Usage and cost"),
        "data": tr("Data"),
        "about": tr("About"),
    }


def rows(tr: Callable[..., str] = tr_now) -> tuple[Row, ...]:
    """The table, in the current language or that of `tr`."""
    return (
        *_general(tr), *_models(tr), *_appearance(tr), *_shortcuts(tr), *_network(tr), *_usage(tr), *_data_and_about(tr)
    )  # fmt: skip


def _general(tr: Callable[..., str]) -> tuple[Row, ...]:
    page = "general"
    languages = (("", tr("System")), ("en", "English"), ("zh_CN", "简体中文"))
    prefill = (
        ("", tr("Ask at the first time")),
        ("off", tr("Nothing")),
        ("clipboard", tr("The clipboard")),
        ("selection", tr("The selected text")),
    )
    return (
        Row("chat.enter_sends", page, Control.SWITCH, tr("Enter sends"),
            tr("Shift+Enter breaks the line; off: swapped")),
        Row("appearance.language", page, Control.CHOICE, tr("Language"), tr("Takes effect at the next start"),
            languages, keywords="language 语言 english chinese 中文 英文"),
        Row("desktop.tray", page, Control.SWITCH, tr("Icon in the tray"), tr("Where the desktop has a tray"),
            group=tr("Desktop"), keywords=tr("status bar")),
        Row("desktop.close_to_tray", page, Control.SWITCH, tr("Close to the tray"),
            tr("Closing the window leaves the app running; without a tray it ends")),
        Row("autostart", page, Control.OWN, tr("Start when I log in"), tr("Hidden, in the tray")),
        Row("desktop.notify", page, Control.SWITCH, tr("Notifications"),
            tr("When a reply is done and the window is not seen")),
        Row("desktop.hotkey", page, Control.OWN, tr("Hotkey"), tr("Opens the quick ask from every program"),
            group=tr("Quick ask"), keywords=tr("keyboard shortcut")),
        Row("quick_ask.prefill", page, Control.CHOICE, tr("Begin with"), tr("What stands in the field when it opens"),
            prefill, keywords=tr("paste")),
        Row("quick_ask.hide_on_focus_loss", page, Control.SWITCH, tr("Hide when it loses focus"),
            tr("Off: it stays until Esc")),
    )  # fmt: skip


def _models(tr: Callable[..., str]) -> tuple[Row, ...]:
    page = "models"
    return (
        Row("accounts", page, Control.OWN, tr("Accounts"), tr("Each with its own key, which goes to its server only"),
            keywords=f"URL host endpoint base url API Ollama LM Studio llama.cpp vLLM {tr('server address protocol')}"),
        Row("chat.model", page, Control.TEXT, tr("Model for new chats"), tr("Any id the server knows")),
        Row("chat.thinking", page, Control.SWITCH, tr("Thinking"), tr("Ask models that can do both to think first"),
            keywords=tr("reasoning")),
        Row("chat.search", page, Control.SWITCH, tr("Web search"),
            tr("Let models that can search do so; each search costs extra"), keywords=tr("sources")),
        Row("chat.title_by_model", page, Control.SWITCH, tr("Titles by a model"),
            tr("Sends the first prompt of a new chat and the beginning of its reply once more, to a cheap model of the"
               " account (at Alibaba less than ¥0.003), or to the chat's own where none is known"),
            keywords=tr("name rename price money")),
        Row("key", "keys", Control.OWN, tr("API key"), keywords="token sk DASHSCOPE_API_KEY keychain"),
        Row("other_keys", "keys", Control.OWN, tr("Keys of other accounts"), tr("They are set where the accounts are")),
    )  # fmt: skip


def _appearance(tr: Callable[..., str]) -> tuple[Row, ...]:
    page = "appearance"
    themes = (("system", tr("System")), ("light", tr("Light")), ("dark", tr("Dark")))
    contrasts = (("system", tr("System")), ("high", tr("High")), ("normal", tr("Normal")))
    motions = (("system", tr("System")), ("on", tr("On")), ("off", tr("Off")))
    announcing = (("sentence", tr("Sentence by sentence")), ("end", tr("When it is finished")), ("off", tr("Nothing")))
    return (
        Row("appearance.theme", page, Control.CHOICE, tr("Theme"), tr("Follows the system, or stays as it is"), themes,
            keywords=tr("colours")),
        Row("appearance.contrast", page, Control.CHOICE, tr("Contrast"), tr("High: every text at least 7:1"),
            contrasts),
        Row("appearance.font_family", page, Control.FONT, tr("Font"), tr("Of the window and the chat"),
            keywords=tr("typeface")),
        Row("appearance.font_size_pt", page, Control.NUMBER, tr("Font size"),
            tr("Of the window; the chat grows with it"),
            unit=tr("pt"), step=0.5, zero_words=tr("System")),
        Row("appearance.text_zoom", page, Control.NUMBER, tr("Text in the chat"), tr("Against its usual size"),
            unit="%", factor=100, step=10, keywords=tr("zoom")),
        Row("appearance.line_width_px", page, Control.NUMBER, tr("Width of lines"),
            tr("Widest the text and the composer get"), unit=tr("px"), step=20, keywords=tr("column")),
        Row("appearance.reduced_motion", page, Control.CHOICE, tr("Reduced motion"),
            tr("Nothing moves by itself; the text cursor does not blink"), motions, keywords=tr("animation")),
        Row("appearance.announce", page, Control.CHOICE, tr("Screen reader"),
            tr("What it is told of a reply being written"), announcing, keywords=tr("accessibility")),
    )  # fmt: skip


def _shortcuts(tr: Callable[..., str]) -> tuple[Row, ...]:
    return tuple(
        Row(f"shortcuts.{shortcut.action}", "shortcuts", Control.KEYS, shortcut.help_text,
            keywords=f"{shortcut.fixed_keys} {tr('keyboard shortcut')}")
        for shortcut in shortcuts(tr)
    )  # fmt: skip


def _network(tr: Callable[..., str]) -> tuple[Row, ...]:
    page, s = "network", tr("s")
    return (
        Row("network.proxy", page, Control.OWN, tr("Proxy"), tr("From the system, by hand, or none"),
            keywords="HTTP SOCKS VPN"),
        Row("connection_test", page, Control.OWN, tr("Test the connection"),
            tr("DNS · proxy · TLS · key · region · model: shows which step fails"), keywords="ping SSL"),
        Row("network.connect_timeout_s", page, Control.NUMBER, tr("Wait for the connection"),
            tr("Name, connection and TLS together"), unit=s, group=tr("Deadlines"), keywords=tr("timeout")),
        Row("network.headers_timeout_s", page, Control.NUMBER, tr("Wait for the answer to begin"),
            tr("Until its headers are there, in all"), unit=s, keywords=tr("timeout")),
        Row("network.first_event_timeout_s", page, Control.NUMBER, tr("Wait for the first data"),
            tr("Thinking models take longer"), unit=s, step=10, keywords=tr("timeout")),
        Row("network.idle_timeout_s", page, Control.NUMBER, tr("Wait for more data"),
            tr("Longest silence within a reply"), unit=s, step=10, keywords=tr("timeout")),
        Row("network.max_retries", page, Control.NUMBER, tr("Retries"),
            tr("How often a refused request is sent again by itself"), group=tr("When it fails")),
        Row("chat.continue_after_cut", page, Control.CHOICE, tr("Continue after a cut"),
            tr("Only the rest is asked for, twice at most"),
            (("auto", tr("By itself")), ("ask", tr("Ask first"))), keywords=tr("interrupted")),
        Row("chat.continue_up_to_cny", page, Control.NUMBER, tr("Cost of continuing"),
            tr("Input of one continuation; above it you are asked"), unit=tr("CNY"), step=0.01,
            keywords=tr("price money")),
    )  # fmt: skip


def _usage(tr: Callable[..., str]) -> tuple[Row, ...]:
    page = "usage"
    return (
        Row("limits.monthly_cap", page, Control.NUMBER, tr("Monthly cap"),
            tr("Nothing is sent that would pass it; what has no known price is not counted"), step=1.0,
            zero_words=tr("No cap"), keywords=tr("price money budget limit")),
        Row("limits.currency", page, Control.CHOICE, tr("Currency of the cap"),
            tr("The other one is converted: $1 counts as ¥8, ¥1 as $0.16"),
            (("CNY", tr("¥ (CNY)")), ("USD", tr("$ (USD)")))),
        Row("months", page, Control.OWN, tr("Months"),
            tr("What replies and titles took, by the month in which they ended, in this computer's time"),
            keywords=tr("tokens price money")),
    )  # fmt: skip


def _data_and_about(tr: Callable[..., str]) -> tuple[Row, ...]:
    return (
        Row("data_folder", "data", Control.OWN, tr("Data folder"),
            keywords=f"{tr('history')} {tr('storage size vacuum move delete everything')}"),
        Row("settings_file", "data", Control.OWN, tr("Settings file"), keywords="settings.toml TOML"),
        Row("export_all", "data", Control.OWN, tr("Export all chats"),
            tr("As Markdown, web pages, PDF, or JSON with everything in it"), group=tr("Chats in files"),
            keywords=tr("backup save")),
        Row("import_chats", "data", Control.OWN, tr("Import chats"),
            tr("From an export of this app or of ChatGPT, or lists of messages in JSON"), keywords="ChatGPT OpenAI"),
        Row("version", "about", Control.OWN, "Qwen Desktop", keywords=tr("version")),
        Row("licences", "about", Control.OWN, tr("Licence"), tr("Apache License 2.0"), keywords="license"),
        Row("shortcut_list", "about", Control.OWN, tr("Keyboard shortcuts"), tr("All of them on one page")),
    )  # fmt: skip


# Rows and the settings


def value_of(settings: Settings, key: str) -> object:
    """What `table.field` is set to; the fixed keys' own shortcut has none and gives ''."""
    table, _, name = key.partition(".")
    return getattr(getattr(settings, table), name, "")


def with_value(settings: Settings, key: str, value: object) -> Settings:
    """The settings with one value changed; it is not checked (see `rule_of`)."""
    table, _, name = key.partition(".")
    return replace(settings, **{table: replace(getattr(settings, table), **{name: value})})


def rule_of(key: str) -> Rule | None:
    """Which values the setting takes; None for what is no setting of the file."""
    table, _, name = key.partition(".")
    part = getattr(Settings(), table, None)
    found = next((field for field in fields(part) if field.name == name), None) if part is not None else None
    rule = found.metadata["rule"] if found is not None else None
    return rule if isinstance(rule, Rule) else None


def range_words(row: Row, tr: Callable[..., str] = tr_now) -> str:
    """Range and default of a number, such as "0.1–600 s, default 10 s"; '' for everything else."""
    rule = rule_of(row.key)
    if row.control is not Control.NUMBER or rule is None or rule.least is None or rule.most is None:
        return ""
    unit = f" {row.unit}" if row.unit else ""
    least, most = (f"{number * row.factor:,.6g}" for number in (rule.least, rule.most))
    default = value_of(Settings(), row.key)
    assert isinstance(default, (int, float))
    usual = row.zero_words if row.zero_words and not default else f"{default * row.factor:,.6g}{unit}"
    return tr("{least}–{most}{unit}, default {default}", least=least, most=most, unit=unit, default=usual)


def matches(query: str) -> set[str]:
    """Keys of the rows that hold every word of `query` in their title, hint, choices or page, in either language."""
    words = query.casefold().split()
    return {key for key, text in _haystack().items() if all(word in text for word in words)}


@cache
def _haystack() -> dict[str, str]:
    """Key to everything a row is found by."""
    found: dict[str, list[str]] = {}
    for language in LANGUAGES:
        tr = tr_into(language)
        titles = pages(tr)
        for row in rows(tr):
            texts = [titles[row.page], row.title, row.hint, row.group, row.keywords, row.key.replace("_", " ")]
            texts += [words for _, words in row.choices]
            found.setdefault(row.key, []).extend(texts)
    return {key: " ".join(texts).casefold() for key, texts in found.items()}
