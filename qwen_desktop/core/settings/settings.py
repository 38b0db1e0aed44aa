"""Typed settings with their units, defaults and ranges: what `settings.toml` can say."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

BEIJING = "https://dashscope.aliyuncs.com"

N = TypeVar("N", int, float)


@dataclass(frozen=True, slots=True)
class Rule:
    """Which values a setting takes; `expected` tells it in English, for the details of a notice."""

    accepts: Callable[[object], bool]
    expected: str
    least: float | None = None
    """Of a number; `most` likewise."""
    most: float | None = None
    values: tuple[str, ...] = ()
    """Of a choice, in its order."""


def _number(default: N, least: N, most: N) -> N:
    kind = "a whole number" if isinstance(default, int) else "a number"

    def accepts(value: object) -> bool:
        allowed = int if isinstance(default, int) else (int, float)
        return isinstance(value, allowed) and not isinstance(value, bool) and least <= value <= most

    rule = Rule(accepts, f"{kind} from {least} to {most}", least, most)
    return field(default=default, metadata={"rule": rule})


def _number_or_none(least: float, most: float) -> float:
    """A number, or 0 (the default) for none, or for what the system has."""

    def accepts(value: object) -> bool:
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        return is_number and (value == 0 or least <= value <= most)  # type: ignore[operator]

    return field(default=0.0, metadata={"rule": Rule(accepts, f"0 or a number from {least} to {most}", least, most)})


def _text(default: str, most_characters: int = 500, *, is_secret: bool = False, is_needed: bool = False) -> str:
    """`is_secret`: it may hold a password, so it is left out where settings are printed.  `is_needed`: not empty."""

    def accepts(value: object) -> bool:
        if not isinstance(value, str) or (is_needed and not value.strip()):
            return False
        return len(value) <= most_characters and value.isprintable()

    rule = Rule(accepts, f"a text of one line, at most {most_characters} characters")
    return field(default=default, repr=not is_secret, metadata={"rule": rule})


def _texts(most: int, most_characters: int) -> tuple[str, ...]:
    """A list of texts; kept as a tuple, since settings do not change."""

    def accepts(value: object) -> bool:
        return (
            isinstance(value, (list, tuple))
            and len(value) <= most
            and all(isinstance(one, str) and 0 < len(one) <= most_characters and one.isprintable() for one in value)
        )

    return field(default=(), metadata={"rule": Rule(accepts, f"a list of at most {most} texts")})


def _choice(*values: str) -> str:
    expected = "one of " + ", ".join(map(repr, values))
    rule = Rule(lambda value: isinstance(value, str) and value in values, expected, values=values)
    return field(default=values[0], metadata={"rule": rule})


_KEYS = (
    r"(?:(?:ctrl|alt|shift|meta)\+)*(?:f[1-9]|f[12]\d|f3[0-5]|[^\s+]|\+|space|tab|backtab|backspace|return|enter|esc|ins"
    r"|del|pause|print|home|end|left|right|up|down|pgup|pgdown|menu|help|back|forward|refresh|search)"
)
"""One key with its modifiers in Qt's portable notation (https://doc.qt.io/qt-6/qkeysequence.html, read 2026-11-26)."""


def _keys(default: str) -> str:
    def accepts(value: object) -> bool:
        if not isinstance(value, str) or not value.isprintable():
            return False
        return not value or re.fullmatch(_KEYS, value, re.IGNORECASE) is not None

    return field(default=default, metadata={"rule": Rule(accepts, "keys such as 'Ctrl+Shift+N', or '' for none")})


def _switch(default: bool) -> bool:
    return field(default=default, metadata={"rule": Rule(lambda value: isinstance(value, bool), "true or false")})


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """Table `[server]`."""

    base_url: str = _text(BEIJING, 2_000)
    """Scheme and host of the service in use, without a path; the native path or `/compatible-mode/v1` is appended.  An
    OpenAI-compatible server may have a path of its own, such as `/v1`.  Whether it is a usable address is decided where
    it is used."""
    account: str = _text("", 100)
    """Id of the account in use, a table of `[accounts]`; '' for the one this table and `[chat]` describe alone.  See
    `accounts.py`."""
    make: str = _choice("", "compatible", "ollama", "lm_studio", "llama_cpp", "vllm")
    """What the user said of a server that is not Alibaba's; '': as its address tells."""
    demo: bool = _switch(False)
    """The built-in demo was chosen: it answers until a key is set."""


@dataclass(frozen=True, slots=True)
class NetworkSettings:
    """Table `[network]`: deadlines of one generation, in seconds."""

    connect_timeout_s: float = _number(10.0, 0.1, 600.0)
    """Name look-up, TCP and TLS together."""
    headers_timeout_s: float = _number(30.0, 0.1, 3_600.0)
    """From the start of the connection to the last response header; a total, not a pause."""
    first_event_timeout_s: float = _number(300.0, 0.1, 86_400.0)
    """From the response headers to the first event; thinking models are quiet for long."""
    idle_timeout_s: float = _number(120.0, 0.1, 86_400.0)
    """Longest silence between two events; keep-alive comments do not count."""
    max_retries: int = _number(3, 0, 10)
    """How often a refused generation is re-sent by itself."""
    proxy: str = _text("", 2_000, is_secret=True)
    """Empty: the system's proxy; 'none': no proxy; else `http://[user:password@]host:port` or `socks5://…`."""
    plain_http_hosts: tuple[str, ...] = _texts(50, 300)
    """`host:port` the user agreed to reach without encryption; this computer needs no agreement."""


@dataclass(frozen=True, slots=True)
class ChatSettings:
    """Table `[chat]`."""

    model: str = _text("qwen3.7-plus", is_needed=True)
    protocol: str = _choice("native", "compatible")
    """'native' or 'compatible'."""
    continue_after_cut: str = _choice("auto", "ask")
    """'auto' or 'ask': whether a reply that was cut is continued by itself."""
    continue_up_to_cny: float = _number(0.05, 0.0, 1_000.0)
    """What one continuation may cost in input, in ¥, to be asked for by itself."""
    thinking: bool = _switch(True)
    """Ask hybrid models to think."""
    search: bool = _switch(False)
    """Let models that can search the web do so; the service charges for each search."""
    title_by_model: bool = _switch(False)
    """Ask a model for the title of a new chat, which is one more request."""
    enter_sends: bool = _switch(True)
    """Enter sends and Shift+Enter breaks the line; False swaps them (Ctrl+Enter always sends)."""


@dataclass(frozen=True, slots=True)
class AppearanceSettings:
    """Table `[appearance]`."""

    theme: str = _choice("system", "light", "dark")
    """'system', 'light' or 'dark'."""
    language: str = _choice("", "en", "zh_CN")
    """'' (the system's), 'en' or 'zh_CN'."""
    sidebar_visible: bool = _switch(True)
    sidebar_width_px: int = _number(260, 120, 2_000)
    text_zoom: float = _number(1.0, 0.67, 3.0)
    """Size of the text in the transcript, against the system's."""
    contrast: str = _choice("system", "high", "normal")
    """'system', 'high' or 'normal'."""
    font_family: str = _text("", 200)
    """Of the interface and the transcript; '' (the system's)."""
    font_size_pt: float = _number_or_none(8.0, 32.0)
    """Of the interface in points; 0 (the system's).  The transcript's text grows with it."""
    line_width_px: int = _number(760, 480, 2_000)
    """Widest the column of text gets, in pixels at 100 %."""
    reduced_motion: str = _choice("system", "on", "off")
    """'on': nothing moves by itself, the text cursor does not blink."""
    announce: str = _choice("sentence", "end", "off")
    """What a screen reader is told of a growing reply: each finished 'sentence', its 'end', or nothing ('off')."""


@dataclass(frozen=True, slots=True)
class DesktopSettings:
    """Table `[desktop]`: how the app lives beside other windows."""

    tray: bool = _switch(True)
    """An icon in the tray, where there is one."""
    close_to_tray: bool = _switch(True)
    """Closing the window leaves the app in the tray; without a tray it ends the app."""
    notify: bool = _switch(True)
    """A notification when a reply is done and nobody sees it."""
    tray_hint: str = _choice("", "due", "told")
    """The window was closed where it could not stay in a tray: to be said once, at the next start ('due')."""
    hotkey: str = _text("Ctrl+Alt+Q", 100)
    """Opens the quick ask from everywhere, in Qt's portable notation; empty: none."""


@dataclass(frozen=True, slots=True)
class QuickAskSettings:
    """Table `[quick_ask]`."""

    hide_on_focus_loss: bool = _switch(True)
    """False: pinned, it stays until it is hidden."""
    prefill: str = _choice("", "off", "clipboard", "selection")
    """What is in the field when it opens: nothing ('off'), the clipboard, or the primary selection; '' asks once."""
    width_px: int = _number(640, 400, 2_000)
    height_px: int = _number(420, 160, 2_000)
    """How tall it may grow with its reply."""


@dataclass(frozen=True, slots=True)
class LimitSettings:
    """Table `[limits]`."""

    monthly_cap: float = _number_or_none(0.01, 100_000.0)
    """What the replies of one calendar month may cost, in `currency`; 0: no cap.  See `chat/cap.py`."""
    currency: str = _choice("CNY", "USD")
    """Of the cap."""


@dataclass(frozen=True, slots=True)
class ShortcutSettings:
    """Table `[shortcuts]`: an action to its keys in Qt's portable notation, Ctrl being Command on macOS; '' for none.

    What each does, and the keys that cannot be changed, is in `ui/shortcuts.py`."""

    new_chat: str = _keys("Ctrl+N")
    search_chats: str = _keys("Ctrl+K")
    find: str = _keys("Ctrl+F")
    focus_composer: str = _keys("Ctrl+L")
    regenerate: str = _keys("Ctrl+R")
    copy_last_reply: str = _keys("Ctrl+Shift+C")
    previous_message: str = _keys("Ctrl+Up")
    next_message: str = _keys("Ctrl+Down")
    previous_heading: str = _keys("Alt+Up")
    next_heading: str = _keys("Alt+Down")
    zoom_in: str = _keys("Ctrl++")
    zoom_out: str = _keys("Ctrl+-")
    zoom_reset: str = _keys("Ctrl+0")
    toggle_sidebar: str = _keys("Ctrl+\\")
    settings: str = _keys("Ctrl+,")
    show_shortcuts: str = _keys("F1")
    quit: str = _keys("Ctrl+Q")


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything `settings.toml` can say; unknown tables and keys of the file are kept when it is saved."""

    server: ServerSettings = field(default_factory=ServerSettings)
    network: NetworkSettings = field(default_factory=NetworkSettings)
    chat: ChatSettings = field(default_factory=ChatSettings)
    appearance: AppearanceSettings = field(default_factory=AppearanceSettings)
    desktop: DesktopSettings = field(default_factory=DesktopSettings)
    quick_ask: QuickAskSettings = field(default_factory=QuickAskSettings)
    limits: LimitSettings = field(default_factory=LimitSettings)
    shortcuts: ShortcutSettings = field(default_factory=ShortcutSettings)
    models: Mapping[str, Mapping[str, object]] = field(default_factory=dict, metadata={"is_open": True})
    """Tables `[models."…"]`: a model's id to the parameters of its requests; see `models.py`."""
    accounts: Mapping[str, Mapping[str, object]] = field(default_factory=dict, metadata={"is_open": True})
    """Tables `[accounts."…"]`: an account's id to its name, address and model; see `accounts.py`."""
    prices: Mapping[str, object] = field(default_factory=dict, metadata={"is_open": True})
    """Tables `[prices."…"]`: the user's own prices as they stand in the file, which are never written.  See
    `price.own_prices`."""
