"""Accounts in `settings.toml`: read, written, put to use and taken away without losing what was there."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from qwen_desktop.core.settings import accounts, file
from qwen_desktop.core.settings.accounts import Account
from qwen_desktop.core.settings.settings import BEIJING, Settings

WORK = Account("work", "Work", "https://ws-1.cn-beijing.maas.aliyuncs.com", "", "native", "qwen3.8-max")
OLLAMA = Account("ollama", "", "http://127.0.0.1:11434", "ollama", "compatible", "qwen3:8b")
HOST = "dashscope.aliyuncs.com:443"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "settings.toml"


def written(path: Path, settings: Settings, known: Settings | None = None) -> dict[str, object]:
    file.save(path, settings, known)
    assert file.load(path) == (settings, [])
    return tomllib.loads(path.read_text())


def test_a_file_with_one_server_is_one_account_and_gets_no_table(path: Path) -> None:
    path.write_text('[server]\nbase_url = "https://dashscope-intl.aliyuncs.com"\n[chat]\nmodel = "m"\n')
    settings, notices = file.load(path)
    assert notices == []
    (used,) = accounts.accounts(settings)
    assert used == accounts.in_use(settings)
    assert (used.base_url, used.model, used.protocol) == ("https://dashscope-intl.aliyuncs.com", "m", "native")
    assert used.id == used.profile == "dashscope-intl.aliyuncs.com:443"
    assert "accounts" not in written(path, settings)


def test_switching_there_and_back_loses_nothing(path: Path) -> None:
    first = replace(Settings(), chat=replace(Settings().chat, model="my-model", protocol="compatible"))
    settings = accounts.using(accounts.using(first, WORK), OLLAMA)
    assert [one.id for one in accounts.accounts(settings)] == [HOST, "work", "ollama"]
    assert accounts.in_use(settings) == OLLAMA
    assert (settings.server.base_url, settings.chat.model, settings.chat.protocol) == (
        OLLAMA.base_url,
        "qwen3:8b",
        "compatible",
    )
    document = written(path, settings)
    assert document["accounts"] == {
        HOST: {"base_url": BEIJING, "protocol": "compatible", "model": "my-model"},
        "work": {"name": "Work", "base_url": WORK.base_url, "protocol": "native", "model": "qwen3.8-max"},
        "ollama": {
            "base_url": OLLAMA.base_url,
            "make": "ollama",
            "protocol": "compatible",
            "model": "qwen3:8b",
        },
    }
    other_model = replace(settings, chat=replace(settings.chat, model="qwen3:4b"))
    back = accounts.using(other_model, accounts.account_of(other_model, HOST))
    assert (back.server.base_url, back.chat.model, back.chat.protocol) == (BEIJING, "my-model", "compatible")
    assert accounts.in_use(back).profile == HOST
    assert accounts.account_of(back, "ollama").model == "qwen3:4b"  # what was in use is kept as it was left


def test_defaults_nobody_has_used_need_not_be_kept() -> None:
    settings = accounts.using(Settings(), OLLAMA, keeps_former=False)
    assert [one.id for one in accounts.accounts(settings)] == ["ollama"]
    changed = replace(Settings(), chat=replace(Settings().chat, model="my-model"))
    assert len(accounts.accounts(accounts.using(changed, OLLAMA, keeps_former=False))) == 2


def test_a_key_belongs_to_the_host_and_to_the_account() -> None:
    profiles = [
        WORK.profile,
        replace(WORK, id="other").profile,
        replace(WORK, base_url="https://evil.example").profile,
        Account(HOST).profile,
        Account("x").profile,
        OLLAMA.profile,
    ]
    assert len(set(profiles)) == len(profiles)
    assert Account(HOST).profile == HOST  # what was kept before there were accounts is still found
    assert Account(HOST, base_url="https://evil.example").profile == f"evil.example:443#{HOST}"


def test_an_address_changed_by_hand_has_no_key_of_the_former_one() -> None:
    settings = accounts.using(Settings(), WORK)
    moved = replace(settings, server=replace(settings.server, base_url="https://evil.example"))
    assert accounts.in_use(moved).id == "work"
    assert accounts.in_use(moved).profile != WORK.profile


def test_editing_and_removing() -> None:
    settings = accounts.using(accounts.using(Settings(), WORK), OLLAMA)
    renamed = accounts.changed(settings, replace(WORK, name="Office"))
    assert accounts.account_of(renamed, "work").name == "Office"
    assert accounts.in_use(renamed) == OLLAMA
    moved = accounts.changed(renamed, replace(OLLAMA, base_url="http://127.0.0.1:9"))
    assert moved.server.base_url == "http://127.0.0.1:9"
    without = accounts.without(moved, "ollama")
    assert accounts.in_use(without).id == HOST
    assert [one.id for one in accounts.accounts(without)] == [HOST, "work"]
    without = accounts.without(without, "work")
    assert accounts.in_use(without).base_url == BEIJING
    last = accounts.without(accounts.without(accounts.using(Settings(), OLLAMA, keeps_former=False), "x"), "ollama")
    assert accounts.accounts(last) == [accounts.in_use(Settings())]


BAD = """
# mine
[accounts."good"]
base_url = "https://a.example/v1"
new_in_2030 = [1, 2]
model = 7
[accounts."no-address"]
name = "x"
[accounts."bad-address"]
base_url = 5
[accounts."bad#id"]
base_url = "https://b.example"
[accounts]
loose = "text"
"""


def test_what_cannot_be_used_is_named_and_stays_in_the_file(path: Path) -> None:
    path.write_text(BAD.replace("[accounts]\nloose", "[unknown]\nloose"))
    settings, notices = file.load(path)
    assert [notice.name for notice in notices] == [
        "accounts.good.model",
        "accounts.no-address.base_url",
        "accounts.bad-address.base_url",
        "accounts.bad#id",
    ]
    assert settings.accounts == {"good": {"base_url": "https://a.example/v1"}}
    file.save(path, accounts.using(settings, OLLAMA), settings)
    text = path.read_text()
    document = tomllib.loads(text)
    assert text.startswith("\n# mine")
    assert document["accounts"]["good"] == {"base_url": "https://a.example/v1", "new_in_2030": [1, 2], "model": 7}
    assert {"no-address", "bad-address", "bad#id", "ollama", HOST} <= set(document["accounts"])


@pytest.mark.parametrize("text", ["accounts = 1", "[accounts]\nx = 1", '[server]\naccount = 1\nmake = "dishwasher"'])
def test_nonsense_is_a_notice_and_the_defaults(path: Path, text: str) -> None:
    path.write_text(text)
    settings, notices = file.load(path)
    assert settings == Settings()
    assert notices


def test_thousands_of_tables_are_told_of_a_few_times(path: Path) -> None:
    path.write_text("".join(f'[accounts.a{n}]\nbase_url = "https://a{n}.example"\n' for n in range(2000)))
    settings, notices = file.load(path)
    assert len(settings.accounts) == accounts.MOST_ACCOUNTS
    assert 0 < len(notices) <= accounts.MOST_ACCOUNTS
    file.save(path, accounts.using(settings, accounts.account_of(settings, "a7")), settings)
    assert len(tomllib.loads(path.read_text())["accounts"]) >= 2000


def test_a_table_changed_by_hand_meanwhile_is_left_alone(path: Path) -> None:
    settings = accounts.using(Settings(), WORK)
    file.save(path, settings)
    path.write_text(path.read_text().replace('name = "Work"', 'name = "By hand"'))
    file.save(path, replace(settings, chat=replace(settings.chat, thinking=False)), settings)
    assert file.load(path)[0].accounts["work"]["name"] == "By hand"


def test_hosts_without_encryption_are_a_list(path: Path) -> None:
    network = replace(Settings().network, plain_http_hosts=("192.168.1.5:11434",))
    document = written(path, replace(Settings(), network=network))
    assert document["network"] == {"plain_http_hosts": ["192.168.1.5:11434"]}
    file.save(path, replace(Settings(), network=replace(network, plain_http_hosts=())))
    assert file.load(path)[0].network.plain_http_hosts == ()
    path.write_text('[network]\nplain_http_hosts = ["a", 5]\n')
    assert [notice.name for notice in file.load(path)[1]] == ["network.plain_http_hosts"]


def test_ids_are_readable_and_not_taken_twice() -> None:
    assert accounts.new_id("LM Studio", ()) == "lm-studio"
    assert accounts.new_id("LM Studio", ("lm-studio", "lm-studio-2")) == "lm-studio-3"
    assert accounts.new_id("公司", ()) == "account"
