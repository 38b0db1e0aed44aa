"""The one line `network.proxy` to what a person chooses and types, and back.

A password is percent-encoded in that line and shown by nobody: `str` of a Proxy leaves it out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import quote, unquote, urlsplit

SCHEMES = ("http", "https", "socks5", "socks5h", "socks")


@dataclass(frozen=True, slots=True)
class Proxy:
    """What the settings show."""

    mode: str = "system"
    """'system', 'manual' or 'none'."""
    address: str = ""
    """`host:port` or `scheme://host:port`, as it was typed."""
    user: str = ""
    password: str = field(default="", repr=False)

    @property
    def is_usable(self) -> bool:
        """Whether the address names a host, with a scheme that is known or none, and a port that exists or none."""
        scheme, _, rest = self.address.strip().rpartition("://")
        if scheme and scheme.lower() not in SCHEMES:
            return False
        if not rest or any(char.isspace() or not char.isprintable() or char in "@/?#\\" for char in rest.rstrip("/")):
            return False
        try:
            parts = urlsplit(f"http://{rest.rstrip('/')}")
            return bool(parts.hostname) and parts.port != 0
        except ValueError:
            return False


def proxy_from(setting: str) -> Proxy:
    """The parts of a stored line; a line that cannot be taken apart stands in `address` as far as its last '@'."""
    setting = setting.strip()
    if not setting:
        return Proxy()
    if setting == "none":
        return Proxy("none")
    scheme, mark, rest = setting.rpartition("://")
    credentials, _, host = rest.rpartition("@")
    user, _, password = credentials.partition(":")
    return Proxy("manual", f"{scheme}{mark}{host}", unquote(user), unquote(password))


def setting_from(proxy: Proxy) -> str:
    """The line to store; of a manual one that is not usable, as it would be."""
    if proxy.mode != "manual":
        return "none" if proxy.mode == "none" else ""
    scheme, mark, host = proxy.address.strip().rpartition("://")
    credentials = quote(proxy.user, safe="")
    if proxy.password:
        credentials += ":" + quote(proxy.password, safe="")
    return f"{scheme or 'http'}{mark or '://'}{credentials + '@' if credentials else ''}{host.rstrip('/')}"
