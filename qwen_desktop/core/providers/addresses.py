"""What a user typed as the service's address, to the address that is asked, or a refusal with its reason.

The key travels in a header of plain text, so plain `http` is for this computer alone, and for hosts the user confirmed.
"""

from __future__ import annotations

import functools
import ipaddress
import re
from collections.abc import Collection
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from qwen_desktop.core.errors import ConnectionFailed

_KNOWN_PATHS = ("/compatible-mode/v1", "/api/v1")
"""Of the service itself, which the app adds."""
_END_OF_REQUEST = re.compile(r"/(chat/completions|completions|models|responses|embeddings)\Z")
"""What is copied along with a base path."""
_BASE_PATH = re.compile(r"(/(?!compatible-mode/)[A-Za-z0-9_~-][A-Za-z0-9._~-]*){1,8}", re.ASCII)
_VERSION = re.compile(r"/(v\d+\w*(/|\Z)|api\Z|openai\Z)", re.ASCII)
"""By which a base path is told from that of some page."""
_ALIBABA_PLAN_PATH = "/v1"
_DEFAULT_PORTS = {"http": 80, "https": 443}
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Address:
    """A service's scheme, host and port, and where below them its OpenAI-compatible protocol is, if that was said."""

    scheme: str
    """'http' or 'https'."""
    host: str
    """Lower case, international names in their ASCII form, IPv6 without brackets."""
    port: int
    path: str = field(default="", compare=False)
    """Such as '/v1', put before `/chat/completions` and `/models`; '' where the kind of the server tells.  It does not
    make another address: the same connection leads there."""

    @property
    def host_and_port(self) -> str:
        """`host:port` as it is shown and confirmed; the port only where it is not the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def base_url(self) -> str:
        """Without a path and without a slash at the end: a wire path is appended to it."""
        return f"{self.scheme}://{self.host_and_port}"

    @property
    def url(self) -> str:
        """The whole address, as it is kept and shown; `parse_base_url` makes the same of it again."""
        return self.base_url + self.path

    @property
    def is_loopback(self) -> bool:
        return is_loopback(self.host)

    @property
    def is_alibaba(self) -> bool:
        """One of Alibaba Cloud's own hosts."""
        return is_alibaba(self.host)


def is_loopback(host: str) -> bool:
    """Whether `host` (no port, no brackets) is this computer by its own name or number; nothing is looked up."""
    if host.rstrip(".").lower() == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return bool((mapped or address).is_loopback)


def is_alibaba(host: str) -> bool:
    """Whether `host` (lower case, no port) is one of Alibaba Cloud's own."""
    name = host.removesuffix(".")
    return name == "aliyuncs.com" or name.endswith(".aliyuncs.com")


def complete_address(text: str) -> str:
    """`text` with a scheme where none was typed: http for this computer and for numbers of a private network, which
    have no certificates; https else."""
    stripped = text.strip()
    if not stripped or "://" in stripped:
        return stripped
    host = urlsplit(f"//{stripped}").netloc.rpartition("@")[2]
    host = host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]
    try:
        is_near = ipaddress.ip_address(host).is_private
    except ValueError:
        is_near = is_loopback(host)
    return f"{'http' if is_near else 'https'}://{stripped}"


@functools.lru_cache(maxsize=64)
def parse_base_url(text: str) -> Address:
    """The address `text` means.  A path of the service itself (`/compatible-mode/v1`, `/api/v1`, anything below them)
    is accepted and dropped.  Another one is where an OpenAI-compatible server has its protocol, with or without the end
    of a request (`/chat/completions`); Alibaba's hosts have none.  User, query or fragment are refused.

    Raises ConnectionFailed('bad_address').
    """
    stripped = text.strip()
    if not stripped or any(char.isspace() or not char.isprintable() or char == "\\" for char in stripped):
        raise _bad_address("an address is one word, like https://dashscope.aliyuncs.com")
    try:
        parts = urlsplit(stripped)
        port = parts.port
    except ValueError as error:
        raise _bad_address("the port or the host cannot be read") from error
    scheme = parts.scheme.lower()
    if scheme not in _DEFAULT_PORTS or "://" not in stripped:
        raise _bad_address("an address begins with https://")
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        raise _bad_address("an address holds no user, password, query or fragment")
    if port == 0:
        raise _bad_address("a port is a number from 1 to 65535")
    host = _clean_host(parts.hostname or "")
    return Address(scheme, host, port or _DEFAULT_PORTS[scheme], _base_path(parts.path, host))


def _base_path(path: str, host: str) -> str:
    path = path.rstrip("/")
    # OpenRouter and others have their compatible protocol where DashScope has its own one.
    is_elsewhere = not (is_alibaba(host) or is_loopback(host))
    known = _KNOWN_PATHS[:1] if is_elsewhere else _KNOWN_PATHS
    if any(path == one or path.startswith(one + "/") for one in known):
        return ""
    path = _END_OF_REQUEST.sub("", path)
    if not path or (is_alibaba(host) and path == _ALIBABA_PLAN_PATH):
        return ""
    if is_alibaba(host) or len(path) > 200 or not (_BASE_PATH.fullmatch(path) and _VERSION.search(path)):
        raise _bad_address("the path is added by the app; give scheme and host only")
    return path


def check_may_send(address: Address, confirmed_hosts: Collection[str]) -> None:
    """Refuse to send a key in the clear.  `confirmed_hosts` holds `host` or `host:port` as the user confirmed them.

    Raises ConnectionFailed('plain_http').
    """
    if address.scheme == "https" or address.is_loopback:
        return
    if address.host in confirmed_hosts or address.host_and_port in confirmed_hosts:
        return
    detail = "plain http would show the key to the network"
    raise ConnectionFailed(detail, reason="plain_http", host=address.host_and_port)


def _clean_host(host: str) -> str:
    if ":" in host:
        try:
            return str(ipaddress.IPv6Address(host.replace("%", " ")))  # a zone is for one's own link only
        except ValueError as error:
            raise _bad_address("the IPv6 address cannot be read") from error
    if not host.isascii():
        try:
            host = host.encode("idna").decode("ascii")
        except UnicodeError as error:
            raise _bad_address("the host's name cannot be written in ASCII") from error
    host = host.lower()
    labels = host.removesuffix(".").split(".")
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise _bad_address("the host's name cannot be read")
    if labels[-1].isdigit():
        try:
            return str(ipaddress.IPv4Address(host))
        except ValueError as error:
            raise _bad_address("the IPv4 address cannot be read") from error
    return host


def _bad_address(detail: str) -> ConnectionFailed:
    return ConnectionFailed(detail, reason="bad_address")
