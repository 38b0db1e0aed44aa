"""Addresses to kinds of servers."""

from __future__ import annotations

import pytest

from qwen_desktop.core.providers.addresses import parse_base_url
from qwen_desktop.core.providers.regions import REGIONS
from qwen_desktop.core.providers.servers import Server, ServerKind, ThinkingSwitch, server_at


def at(address: str) -> Server:
    return server_at(parse_base_url(address))


@pytest.mark.parametrize(
    ("address", "kind", "region", "prices"),
    [
        ("https://dashscope.aliyuncs.com", "china", "cn-beijing", "china"),
        ("https://DashScope.aliyuncs.com./compatible-mode/v1", "china", "cn-beijing", "china"),
        ("https://dashscope-intl.aliyuncs.com", "international", "ap-southeast-1", "international"),
        ("https://dashscope-us.aliyuncs.com", "us", "us-east-1", ""),
        ("https://cn-hongkong.dashscope.aliyuncs.com", "hong_kong", "cn-hongkong", ""),
        ("https://ws-123.cn-beijing.maas.aliyuncs.com", "workspace", "cn-beijing", "china"),
        ("https://trial.ap-southeast-1.maas.aliyuncs.com", "workspace", "ap-southeast-1", "international"),
        ("https://ws-123.eu-central-1.maas.aliyuncs.com", "workspace", "eu-central-1", ""),
        ("https://dashscope-finance.aliyuncs.com", "workspace", "", ""),
        ("https://coding.dashscope.aliyuncs.com", "coding_plan", "cn-beijing", ""),
        ("https://token-plan.cn-beijing.maas.aliyuncs.com", "token_plan", "cn-beijing", ""),
        ("http://127.0.0.1:11434", "ollama", "", ""),
        ("http://localhost:1234", "lm_studio", "", ""),
        ("http://[::1]:11434", "ollama", "", ""),
        ("http://127.0.0.1:8000", "compatible", "", ""),
        ("http://192.168.1.5:11434", "compatible", "", ""),
        ("https://openrouter.ai", "compatible", "", ""),
        ("https://dashscope.aliyuncs.com.evil.example", "compatible", "", ""),
        ("https://notaliyuncs.com", "compatible", "", ""),
    ],
)
def test_kind_region_and_price_list(address: str, kind: str, region: str, prices: str) -> None:
    found = at(address)
    assert (found.kind, found.region, found.price_list) == (ServerKind(kind), region, prices)


@pytest.mark.parametrize(
    ("address", "make", "kind", "base", "has_native"),
    [
        ("http://127.0.0.1:8080", "llama_cpp", "llama_cpp", "/v1", False),
        ("http://192.168.1.5:11434", "ollama", "ollama", "/v1", False),
        ("http://127.0.0.1:11434/v1", "", "ollama", "/v1", False),
        ("http://127.0.0.1:11434", "compatible", "compatible", "/compatible-mode/v1", True),
        ("http://127.0.0.1:8080/v1", "", "compatible", "/v1", False),
        ("https://openrouter.ai/api/v1", "", "compatible", "/api/v1", False),
        ("https://x.test/deep/v1", "vllm", "vllm", "/deep/v1", False),
        ("https://dashscope.aliyuncs.com", "ollama", "china", "/compatible-mode/v1", True),
        ("https://coding.dashscope.aliyuncs.com/v1", "", "coding_plan", "/v1", False),
        ("http://127.0.0.1:8080", "china", "compatible", "/compatible-mode/v1", True),
    ],
)
def test_the_users_word_and_the_path_count_where_the_address_is_not_alibabas(
    address: str, make: str, kind: str, base: str, has_native: bool
) -> None:
    found = server_at(parse_base_url(address), make)
    assert (found.kind, found.compatible_base, found.has_native) == (ServerKind(kind), base, has_native)


def test_every_region_of_the_app_is_a_kind_of_its_own() -> None:
    found = [at(region.base_url) for region in REGIONS]
    assert [server.region for server in found] == [region.id for region in REGIONS]
    assert len({server.kind for server in found}) == len(REGIONS)


@pytest.mark.parametrize(
    ("kinds", "is_dashscope", "has_native", "base", "switch"),
    [
        ("china international us hong_kong workspace", True, True, "/compatible-mode/v1", ThinkingSwitch.FIELD),
        ("token_plan", True, False, "/compatible-mode/v1", ThinkingSwitch.FIELD),
        ("coding_plan", True, False, "/v1", ThinkingSwitch.FIELD),
        ("compatible", False, True, "/compatible-mode/v1", ThinkingSwitch.FIELD),
        ("vllm llama_cpp", False, False, "/v1", ThinkingSwitch.TEMPLATE),
        ("ollama", False, False, "/v1", ThinkingSwitch.EFFORT),
        ("lm_studio", False, False, "/v1", ThinkingSwitch.NONE),
    ],
)
def test_what_each_kind_takes(
    kinds: str, is_dashscope: bool, has_native: bool, base: str, switch: ThinkingSwitch
) -> None:
    for kind in kinds.split():
        server = Server(ServerKind(kind))
        told = (server.is_dashscope, server.has_native, server.compatible_base, server.switch)
        assert told == (is_dashscope, has_native, base, switch), kind
