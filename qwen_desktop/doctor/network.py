"""Addresses, proxies and certificates, looked at without sending anything."""

from __future__ import annotations

import importlib.util
import urllib.parse
from collections.abc import Iterator, Mapping
from pathlib import Path

from qwen_desktop.core.words import tr
from qwen_desktop.doctor.finding import Finding, Verdict
from qwen_desktop.doctor.machine import Machine

BASE_URL_VARIABLE = "QWEN_DESKTOP_BASE_URL"


def service(machine: Machine) -> Iterator[Finding]:
    """The address that is asked, without user, password and query."""
    given = machine.environment.get(BASE_URL_VARIABLE, "")
    address = given or machine.setting("server", "base_url")
    if given:
        yield _address(BASE_URL_VARIABLE, given, tr("Unset it, or give scheme and host only: https://HOST"))
    elif address:
        yield _address(tr("Server address"), address, tr("Correct it in the settings: https://HOST"))
    else:
        from qwen_desktop.core.settings.settings import BEIJING

        yield Finding(tr("Server address"), BEIJING)


def _address(subject: str, address: str, remedy: str) -> Finding:
    shown = without_password(address)
    if not importlib.util.find_spec("httpx"):
        return Finding(subject, shown)
    from qwen_desktop.core.errors import ConnectionFailed
    from qwen_desktop.core.providers.addresses import parse_base_url

    try:
        parse_base_url(address)
    except ConnectionFailed:
        return Finding(subject, tr("{address} cannot be used", address=shown), Verdict.PROBLEM, remedy)
    return Finding(subject, shown)


def proxy(machine: Machine) -> Iterator[Finding]:
    """Proxies of the environment and of the settings."""
    found = proxies(machine.environment)
    for name, value in sorted(found.items()):
        yield Finding(name, value)
    chosen = machine.setting("network", "proxy").strip()
    subject = tr("Proxy in the settings")
    if chosen == "none":
        yield Finding(subject, tr("none: proxies of the system are not used"))
    elif chosen:
        shown = without_password(chosen)
        if shown == tr("not a valid address"):
            remedy = tr("Correct it in the settings: http://HOST:PORT or socks5://HOST:PORT")
            yield Finding(subject, shown, Verdict.PROBLEM, remedy)
        else:
            yield Finding(subject, shown)
    elif not found:
        yield Finding(tr("Proxy"), tr("as the system says"))


def certificates(machine: Machine) -> Iterator[Finding]:
    """The trust store; a handshake needs the network and belongs to `--live`."""
    import ssl

    subject = tr("Certificates")
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        named = machine.environment.get(name, "")
        if named and not Path(named).exists():
            text = tr("{path} does not exist", path=named)
            yield Finding(name, text, Verdict.PROBLEM, tr("Unset {name}, or let it name what is there.", name=name))
        elif named:
            yield Finding(name, named)
    count = len(trusted())
    where = ssl.get_default_verify_paths()
    place = where.cafile or where.capath or tr("the system's own")
    if count or machine.platform in ("win32", "darwin"):
        words = tr("{place}, {count} authorities; {version}", place=place, count=count, version=ssl.OPENSSL_VERSION)
        yield Finding(subject, words)
    elif where.capath:
        yield Finding(subject, f"{where.capath}; {ssl.OPENSSL_VERSION}")
    else:
        remedy = tr("Install the package ca-certificates. Until then the app uses the list it brings.")
        yield Finding(subject, tr("the system has none"), Verdict.NOTE, remedy)


def trusted() -> list[dict[str, object]]:
    """The certificates of the authorities the system trusts, as Python decodes them."""
    import ssl

    try:
        return list(ssl.create_default_context().get_ca_certs())  # type: ignore[arg-type]
    except (ssl.SSLError, OSError):
        return []


def proxies(environment: Mapping[str, str]) -> dict[str, str]:
    """The proxies `environment` names, as scheme, host and port only."""
    return {
        name: value if name.lower() == "no_proxy" else without_password(value)
        for name, value in environment.items()
        if name.lower() in ("http_proxy", "https_proxy", "all_proxy", "no_proxy") and value
    }


def without_password(url: str) -> str:
    """`url` without user, password, query and fragment; nothing of one that cannot be read."""
    try:
        parts = urllib.parse.urlsplit(url if "://" in url else f"//{url}")
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return tr("not a valid address")
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{host}{port}" if parts.scheme else f"{host}{port}"
