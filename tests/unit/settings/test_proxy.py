"""The proxy's line and its parts: the same there and back, whatever a user or a password is made of."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qwen_desktop.core.settings.proxy import Proxy, proxy_from, setting_from


@pytest.mark.parametrize(
    ("setting", "proxy"),
    [
        ("", Proxy()),
        ("none", Proxy("none")),
        ("http://127.0.0.1:7890", Proxy("manual", "http://127.0.0.1:7890")),
        ("socks5://me:p%40ss@proxy:1", Proxy("manual", "socks5://proxy:1", "me", "p@ss")),
        ("http://me@proxy", Proxy("manual", "http://proxy", "me")),
    ],
)
def test_a_stored_line_is_taken_apart_and_put_together_again(setting: str, proxy: Proxy) -> None:
    assert proxy_from(setting) == proxy
    assert setting_from(proxy) == setting


def test_an_address_without_a_scheme_is_an_http_proxy() -> None:
    assert setting_from(Proxy("manual", " proxy:8080/ ")) == "http://proxy:8080"
    assert proxy_from("proxy:8080") == Proxy("manual", "proxy:8080")


@given(st.text(max_size=20), st.text(max_size=20))
def test_user_and_password_come_back_as_they_were_typed(user: str, password: str) -> None:
    if user.isprintable() and password.isprintable():
        proxy = Proxy("manual", "http://h:1", user, password)
        assert proxy_from(setting_from(proxy)) == proxy


@pytest.mark.parametrize("address", ["h", "h:1", "socks5h://h:1", "http://[::1]:80", "HTTP://proxy.example/"])
def test_an_address_that_names_a_host_is_usable(address: str) -> None:
    assert Proxy("manual", address).is_usable


@pytest.mark.parametrize(
    "address", ["", "http://", "ftp://h:1", "h:0", "h:99999", "h:x", "a b", "http://u@h:1", "h/path", "http://h?q"]
)
def test_any_other_is_not(address: str) -> None:
    assert not Proxy("manual", address).is_usable


def test_a_password_is_not_in_what_a_proxy_is_printed_as() -> None:
    assert "secret" not in f"{Proxy('manual', 'h', 'me', 'secret')!r}"
