"""Typed settings with their units and defaults: what `settings.toml` can say."""

from __future__ import annotations

from dataclasses import dataclass, field

BEIJING = "https://dashscope.aliyuncs.com"


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """Table `[server]`."""

    base_url: str = BEIJING
    """Scheme and host of the service, without a path; the native path or `/compatible-mode/v1` is appended."""


@dataclass(frozen=True, slots=True)
class NetworkSettings:
    """Table `[network]`: deadlines of one generation, in seconds."""

    connect_timeout_s: float = 10.0
    """Name look-up, TCP and TLS together."""
    headers_timeout_s: float = 30.0
    """From the start of the connection to the last response header; a total, not a pause."""
    first_event_timeout_s: float = 300.0
    """From the response headers to the first event; thinking models are quiet for long."""
    idle_timeout_s: float = 120.0
    """Longest silence between two events; keep-alive comments do not count."""
    max_retries: int = 3
    """How often a refused generation is re-sent by itself."""
    proxy: str = ""
    """Empty: the system's proxy; 'none': no proxy; else `http://[user:password@]host:port` or `socks5://…`."""


@dataclass(frozen=True, slots=True)
class ChatSettings:
    """Table `[chat]`."""

    model: str = "qwen3.7-plus"
    protocol: str = "native"
    """'native' or 'compatible'."""
    continue_after_cut: str = "auto"
    """'auto' or 'ask'; kept for the version that can continue a cut reply."""
    thinking: bool = True
    """Ask hybrid models to think."""
    enter_sends: bool = True
    """Enter sends and Shift+Enter breaks the line; False swaps them (Ctrl+Enter always sends)."""


@dataclass(frozen=True, slots=True)
class AppearanceSettings:
    """Table `[appearance]`."""

    theme: str = "system"
    """'system', 'light' or 'dark'."""
    language: str = ""
    """'' (the system's), 'en' or 'zh_CN'."""
    sidebar_visible: bool = True
    sidebar_width_px: int = 260


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything `settings.toml` can say; unknown tables and keys of the file are kept when it is saved."""

    server: ServerSettings = field(default_factory=ServerSettings)
    network: NetworkSettings = field(default_factory=NetworkSettings)
    chat: ChatSettings = field(default_factory=ChatSettings)
    appearance: AppearanceSettings = field(default_factory=AppearanceSettings)
