"""What people type as the service's address, to what is asked, or to a refusal."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qwen_desktop.core.errors import ConnectionFailed
from qwen_desktop.core.providers.addresses import check_may_send, complete_address, is_loopback, parse_base_url
from qwen_desktop.core.providers.regions import REGIONS, region_of


@pytest.mark.parametrize(
    ("text", "base_url"),
    [
        ("https://dashscope.aliyuncs.com", "https://dashscope.aliyuncs.com"),
        ("  HTTPS://DashScope.Aliyuncs.com/ \n", "https://dashscope.aliyuncs.com"),
        ("https://dashscope.aliyuncs.com:443", "https://dashscope.aliyuncs.com"),
        ("https://x.test:8443", "https://x.test:8443"),
        ("https://x.test/compatible-mode/v1", "https://x.test"),
        ("https://x.test/compatible-mode/v1/", "https://x.test"),
        ("https://x.test/compatible-mode/v1/chat/completions", "https://x.test"),
        ("https://dashscope.aliyuncs.com/api/v1", "https://dashscope.aliyuncs.com"),
        ("https://coding.dashscope.aliyuncs.com/v1/", "https://coding.dashscope.aliyuncs.com"),
        ("http://127.0.0.1:8080/v1", "http://127.0.0.1:8080/v1"),
        ("http://127.0.0.1:8080/v1/chat/completions", "http://127.0.0.1:8080/v1"),
        ("https://openrouter.ai/api/v1/models", "https://openrouter.ai/api/v1"),
        ("https://x.test/v1beta/openai/", "https://x.test/v1beta/openai"),
        ("http://127.0.0.1:8000/api/v1/", "http://127.0.0.1:8000"),
        ("http://[::1]:8000", "http://[::1]:8000"),
        ("https://ws-1.cn-beijing.maas.aliyuncs.com", "https://ws-1.cn-beijing.maas.aliyuncs.com"),
        ("https://模型.test", "https://xn--xgs754b.test"),
        ("https://my_host.test", "https://my_host.test"),
    ],
)
def test_address_is_understood(text: str, base_url: str) -> None:
    address = parse_base_url(text)
    assert address.url == base_url
    assert parse_base_url(address.url) == address
    assert parse_base_url(address.url).path == address.path


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "dashscope.aliyuncs.com",
        "localhost:8000",
        "https:dashscope.aliyuncs.com",
        "https:///x",
        "https://",
        "ftp://x.test",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "https://a b.test",
        "https://x.test/a b",
        "https://x.test:0",
        "https://x.test:65536",
        "https://x.test:-1",
        "https://x.test:https",
        "https://user:pw@x.test",
        "https://user@x.test",
        "https://x.test?key=1",
        "https://x.test#a",
        "https://x.test/other",
        "https://x.test/v1/../x",
        "https://x.test//v1",
        "https://x.test/v1/%2e%2e",
        "https://dashscope.aliyuncs.com/v1beta",
        "https://dashscope.aliyuncs.com/apps/anthropic",
        "https://x.test/compatible-mode/v12",
        "https://x..test",
        "https://-x.test",
        "https://" + "a" * 64 + ".test",
        "https://" + "a." * 130 + "test",
        "https://[::1",
        "https://[fe80::1%25eth0]",
        "https://1.2.3",
        "https://256.1.1.1",
        "https://x.test\\@evil.test",
        "https://x\u200b.test",
        "https://x.test\r\nHost: evil",
        "https://\ud800.test",
    ],
)
def test_wrong_address_is_refused(text: str) -> None:
    with pytest.raises(ConnectionFailed) as raised:
        parse_base_url(text)
    assert raised.value.reason == "bad_address"
    assert not raised.value.safe_to_resend
    assert "pw" not in raised.value.detail.split()


@given(st.text(max_size=60) | st.text(max_size=30).map(lambda rest: f"https://{rest}"))
def test_any_text_is_an_address_or_refused(text: str) -> None:
    try:
        address = parse_base_url(text)
    except ConnectionFailed:
        return
    assert parse_base_url(address.url) == address
    assert parse_base_url(address.url).path == address.path


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "localhost", "LOCALHOST", "::ffff:127.0.0.1"])
def test_loopback_is_known(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host", ["0.0.0.0", "10.0.0.1", "localhost.evil.test", "127.0.0.1.nip.io", "::2", "example.com"]
)
def test_everything_else_is_not_loopback(host: str) -> None:
    assert not is_loopback(host)


def test_key_goes_over_plain_http_only_where_confirmed() -> None:
    for base_url in ("https://x.test", "http://127.0.0.1:1", "http://[::1]:1", "http://localhost"):
        check_may_send(parse_base_url(base_url), ())
    lan = parse_base_url("http://192.168.1.5:11434")
    check_may_send(lan, ("192.168.1.5",))
    check_may_send(lan, ("192.168.1.5:11434",))
    for confirmed in ((), ("192.168.1.6",), ("192.168.1.5:80",)):
        with pytest.raises(ConnectionFailed) as raised:
            check_may_send(lan, confirmed)
        assert (raised.value.reason, raised.value.host) == ("plain_http", "192.168.1.5:11434")


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("dashscope.aliyuncs.com", "https://dashscope.aliyuncs.com"),
        (" localhost:8080/v1 ", "http://localhost:8080/v1"),
        ("127.0.0.1:11434", "http://127.0.0.1:11434"),
        ("192.168.1.5:11434", "http://192.168.1.5:11434"),
        ("[::1]:8080", "http://[::1]:8080"),
        ("8.8.8.8", "https://8.8.8.8"),
        ("http://x.test", "http://x.test"),
        ("javascript:alert(1)", "https://javascript:alert(1)"),
        ("", ""),
    ],
)
def test_a_scheme_that_was_not_typed_is_added(typed: str, address: str) -> None:
    assert complete_address(typed) == address


def test_regions_have_addresses_names_and_consoles_of_their_own() -> None:
    assert len({region.base_url for region in REGIONS}) == len({region.name for region in REGIONS}) == len(REGIONS) == 4
    for region in REGIONS:
        assert parse_base_url(region.base_url).base_url == region.base_url
        assert region_of(region.base_url) is region
        assert region.console_url.startswith("https://")
    assert region_of("https://x.test") is None
