"""settings.toml as people leave it: commented, half right, broken, foreign, read-only."""

from __future__ import annotations

import multiprocessing
import os
import stat
import subprocess
import sys
import threading
import tomllib
from dataclasses import fields, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qwen_desktop.core.errors import StorageUnavailable
from qwen_desktop.core.settings import file
from qwen_desktop.core.settings.file import load, save
from qwen_desktop.core.settings.settings import AppearanceSettings, ChatSettings, NetworkSettings, Settings


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "config" / "settings.toml"


def write(path: Path, content: str | bytes) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_missing_file_gives_the_defaults_without_a_notice(path: Path) -> None:
    assert load(path) == (Settings(), [])
    assert not path.parent.exists()


def test_every_default_keeps_its_own_rule() -> None:
    for table in fields(Settings()):
        for value in () if table.metadata.get("is_open") else fields(getattr(Settings(), table.name)):
            assert value.metadata["rule"].accepts(value.default), (table.name, value.name)


def test_every_setting_survives_saving_and_loading(path: Path) -> None:
    settings = Settings(
        network=NetworkSettings(connect_timeout_s=2.5, max_retries=0, proxy="socks5://u:p@h:1"),
        chat=ChatSettings(model='a "quoted" \\ 模型', protocol="compatible", thinking=False, enter_sends=False),
        appearance=AppearanceSettings("dark", "zh_CN", False, 300),
    )
    save(path, settings)
    assert load(path) == (settings, [])


def test_only_what_differs_from_the_defaults_is_written(path: Path) -> None:
    save(path, Settings(chat=ChatSettings(model="m")))
    assert tomllib.loads(path.read_text()) == {"version": 1, "chat": {"model": "m"}}


def test_comments_order_and_unknown_things_are_kept(path: Path) -> None:
    before = (
        '# mine\nversion = 1\n[plugin]  # not ours\nlist = [1, 2]\n\n[chat]\nmodel = "a" # why\nfuture = "x"\n'
        "[[tables]]\nn = 1\n"
    )
    settings, notices = load(write(path, before))
    assert notices == []
    save(path, replace(settings, chat=replace(settings.chat, model="b")))
    assert path.read_text() == before.replace('"a"', '"b"')


def test_shortcuts_of_other_versions_and_their_comments_are_kept(path: Path) -> None:
    before = '[shortcuts]  # my hands\nfuture_action = "Ctrl+Alt+J"\nnew_chat = "Ctrl+T"  # as in a browser\n'
    settings, notices = load(write(path, before))
    assert (notices, settings.shortcuts.new_chat) == ([], "Ctrl+T")
    save(path, replace(settings, shortcuts=replace(settings.shortcuts, new_chat="Meta+F5", find="Ctrl++")))
    assert path.read_text() == before.replace("Ctrl+T", "Meta+F5") + 'find = "Ctrl++"\n'


def test_a_proxy_is_not_in_what_settings_are_printed_as() -> None:
    assert "secret" not in repr(Settings(network=NetworkSettings(proxy="http://me:secret@proxy")))


def test_setting_put_back_to_its_default_is_written_where_the_file_names_it(path: Path) -> None:
    write(path, '[chat]\nmodel = "a"\n')
    save(path, Settings())
    assert load(path) == (Settings(), [])
    assert "qwen3.7-plus" in path.read_text()


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("[network]\nmax_retries = 'three'", "network.max_retries"),
        ("[network]\nmax_retries = 2.0", "network.max_retries"),
        ("[network]\nmax_retries = true", "network.max_retries"),
        ("[network]\nmax_retries = -1", "network.max_retries"),
        ("[network]\nmax_retries = 99999999999999999999", "network.max_retries"),
        ("[network]\nidle_timeout_s = nan", "network.idle_timeout_s"),
        ("[network]\nidle_timeout_s = inf", "network.idle_timeout_s"),
        ("[network]\nidle_timeout_s = 0", "network.idle_timeout_s"),
        ("[network]\nproxy = ['a']", "network.proxy"),
        ("[chat]\nprotocol = 'grpc'", "chat.protocol"),
        ('[chat]\nmodel = "a\\u0000b"', "chat.model"),
        ("[chat]\nmodel = ''", "chat.model"),
        ("[chat]\nthinking = 1", "chat.thinking"),
        ("[appearance]\ntheme = 1979-05-27", "appearance.theme"),
        ("[appearance.theme]\nx = 1", "appearance.theme"),
        ("[shortcuts]\nnew_chat = 'Ctrl+'", "shortcuts.new_chat"),
        ("[shortcuts]\nnew_chat = 'Strg+N'", "shortcuts.new_chat"),
        ("[shortcuts]\nnew_chat = 5", "shortcuts.new_chat"),
        ("[appearance]\nfont_size_pt = 5", "appearance.font_size_pt"),
        ("[appearance]\nline_width_px = 760.5", "appearance.line_width_px"),
        ("[appearance]\ncontrast = 'loud'", "appearance.contrast"),
        ("appearance = 'dark'", "appearance"),
        ("[[appearance]]\ntheme = 'dark'", "appearance"),
    ],
)
def test_one_wrong_value_costs_only_itself(path: Path, line: str, name: str) -> None:
    text = f"{line}\n[server]\nbase_url = 'https://kept.example'\n"
    settings, notices = load(write(path, text))
    assert [(notice.name, notice.path, notice.kept_as) for notice in notices] == [(name, str(path), "")]
    assert settings == Settings(server=replace(settings.server, base_url="https://kept.example"))
    assert path.read_text() == text


def test_wrong_value_is_not_repeated_in_the_notice(path: Path) -> None:
    _, [notice] = load(write(path, "[network]\nproxy = ['http://u:secret@proxy']\n"))
    assert "secret" not in str(notice.args) + notice.detail


def test_whole_number_is_taken_for_a_time(path: Path) -> None:
    settings, notices = load(write(path, "[network]\nconnect_timeout_s = 5\n"))
    assert (settings.network.connect_timeout_s, type(settings.network.connect_timeout_s), notices) == (5.0, float, [])


@pytest.mark.parametrize(
    "content",
    [
        b"[chat\nmodel = ",
        b"\xff\xfe[\x00c\x00]\x00",
        "[chat]\nmodel = 'é'".encode("latin-1"),
        b"a = 1\na = 2\n",
        b"a = " + b"[" * 100_000,
        b"#" * 1_000_001,
        b"\x00",
    ],
    ids=["cut", "utf-16", "latin-1", "twice", "deep", "huge", "nul"],
)
def test_broken_file_is_kept_aside_and_defaults_are_used(path: Path, content: bytes) -> None:
    settings, [notice] = load(write(path, content))
    assert settings == Settings()
    assert notice.path == str(path)
    assert Path(notice.kept_as).read_bytes() == content
    assert Path(notice.kept_as).name.startswith("settings.toml.broken-2")
    assert not path.exists()
    assert load(path) == (Settings(), [])


def test_second_broken_file_in_the_same_second_does_not_replace_the_first(path: Path) -> None:
    kept = [load(write(path, f"[broken {number}"))[1][0].kept_as for number in range(5)]
    assert [Path(name).read_text() for name in kept] == [f"[broken {number}" for number in range(5)]


def test_byte_order_mark_and_windows_line_ends_are_understood(path: Path) -> None:
    settings, notices = load(write(path, b"\xef\xbb\xbf[chat]\r\nmodel = 'm'\r\n"))
    assert (settings.chat.model, notices) == ("m", [])
    save(path, replace(settings, chat=replace(settings.chat, model="n")))
    assert b"\r\n" in path.read_bytes()
    assert load(path)[0].chat.model == "n"


def test_folder_in_place_of_the_file_is_told_and_left(path: Path) -> None:
    path.mkdir(parents=True)
    settings, [notice] = load(path)
    assert (settings, notice.kept_as) == (Settings(), "")
    with pytest.raises(StorageUnavailable):
        save(path, Settings())
    assert path.is_dir()
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.skipif(os.name != "posix", reason="pipes in folders are POSIX's")
def test_a_pipe_in_place_of_the_file_is_told_and_left(path: Path) -> None:
    path.parent.mkdir()
    os.mkfifo(path)
    settings, [notice] = load(path)
    assert (settings, notice.path, notice.kept_as) == (Settings(), str(path), "")
    with pytest.raises(StorageUnavailable):
        save(path, Settings(chat=ChatSettings(model="m")))
    assert stat.S_ISFIFO(path.stat().st_mode)


def test_broken_file_found_while_saving_is_kept_aside_too(path: Path) -> None:
    write(path, "[broken")
    save(path, Settings(chat=ChatSettings(model="m")))
    assert load(path)[0].chat.model == "m"
    assert [kept.read_text() for kept in path.parent.glob("*.broken-*")] == ["[broken"]


def test_what_another_program_wrote_meanwhile_is_kept(path: Path) -> None:
    write(path, '[chat]\nmodel = "a"\n[appearance]\ntheme = "drak"  # oops\n')
    known, notices = load(path)
    assert [notice.name for notice in notices] == ["appearance.theme"]
    meanwhile = (
        '[chat]\nmodel = "b"\nthinking = true\n[appearance]\ntheme = "drak"  # oops\n[network]\nproxy = "http://h:1"\n'
    )
    write(path, meanwhile)
    changed = replace(known, chat=replace(known.chat, thinking=False))
    save(path, changed, known)
    assert path.read_text() == meanwhile.replace("true", "false")
    save(path, replace(changed, chat=replace(changed.chat, model="c")), changed)
    assert load(path)[0].chat == replace(changed.chat, model="c")


def test_a_file_that_is_gone_or_broken_is_written_with_all_that_is_in_force(path: Path) -> None:
    known = Settings(chat=ChatSettings(model="m"))
    save(path, replace(known, network=NetworkSettings(max_retries=1)), known)
    assert load(path)[0].chat.model == "m"
    write(path, "[broken")
    save(path, known, known)
    assert load(path)[0] == known


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")
def test_file_and_folder_are_for_the_owner_alone(path: Path) -> None:
    save(path, Settings(network=NetworkSettings(proxy="http://u:p@h:1")))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    path.chmod(0o644)
    save(path, Settings())
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.skipif(os.name != "posix", reason="links need rights on Windows")
def test_link_to_a_folder_of_dotfiles_stays_a_link(path: Path, tmp_path: Path) -> None:
    real = write(tmp_path / "dotfiles" / "qwen.toml", "# shared\n")
    path.parent.mkdir()
    path.symlink_to(real)
    save(path, Settings(chat=ChatSettings(model="m")))
    assert path.is_symlink()
    assert real.read_text().startswith("# shared\n")
    assert load(path)[0].chat.model == "m"


@pytest.mark.skipif(sys.platform != "linux", reason="/dev/full and /proc are Linux's")
def test_disk_that_takes_nothing_is_told_and_leaves_nothing() -> None:
    with pytest.raises(StorageUnavailable) as caught:
        save(Path("/proc/settings.toml"), Settings())
    assert caught.value.path == "/proc/settings.toml"


def test_full_disk_keeps_the_old_file(path: Path) -> None:
    """A child process that may write files of at most 200 bytes: the system refuses the rest, as a full disk does."""
    write(path, "# old\n" + "# line\n" * 100)
    before = path.read_bytes()
    script = (
        "import resource, signal, sys, pathlib\n"
        "from qwen_desktop.core.settings.file import save\n"
        "from qwen_desktop.core.settings.settings import *\n"
        "from qwen_desktop.core.errors import StorageUnavailable\n"
        "import tomlkit\n"
        "sys.dont_write_bytecode = True\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (200, 200))\n"
        "try:\n    save(pathlib.Path(sys.argv[1]), Settings(chat=ChatSettings(model='m')))\n"
        "except StorageUnavailable:\n    sys.exit(7)\n"
    )
    child = subprocess.run([sys.executable, "-B", "-c", script, str(path)], capture_output=True, timeout=30)
    assert (child.returncode, child.stderr) == (7, b"")
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def test_threads_that_save_at_once_leave_one_whole_file(path: Path) -> None:
    settings = [Settings(chat=ChatSettings(model=f"m{number}" * 50)) for number in range(8)]
    threads = [threading.Thread(target=save, args=(path, each)) for each in settings]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found, notices = load(path)
    assert notices == []
    assert found in settings
    assert list(path.parent.iterdir()) == [path]


def _save_often(path: Path, number: int) -> None:
    for _ in range(20):
        save(path, Settings(chat=ChatSettings(model=f"m{number}" * 50)))


def test_processes_that_save_at_once_never_show_half_a_file(path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    children = [context.Process(target=_save_often, args=(path, number)) for number in range(2)]
    for child in children:
        child.start()
    models = {f"m{number}" * 50 for number in range(2)} | {Settings().chat.model}
    while any(child.is_alive() for child in children):
        settings, notices = load(path)
        assert notices == []
        assert settings.chat.model in models
    for child in children:
        child.join()
        assert child.exitcode == 0
    assert list(path.parent.iterdir()) == [path]


def test_file_of_a_newer_version_is_read_as_far_as_understood_and_keeps_its_version(path: Path) -> None:
    write(path, "version = 99\n[chat]\nmodel = 'm'\n[quantum]\nq = 1\n")
    settings, notices = load(path)
    assert (settings.chat.model, notices) == ("m", [])
    save(path, replace(settings, chat=replace(settings.chat, model="n")))
    assert tomllib.loads(path.read_text()) == {"version": 99, "chat": {"model": "n"}, "quantum": {"q": 1}}


def test_file_of_an_older_version_is_upgraded_step_by_step(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def rename_model(document: file.Document) -> None:
        document["chat"]["model"] = document["chat"].pop("llm")

    def say_which(document: file.Document) -> None:
        document["chat"]["model"] += "-new"

    monkeypatch.setattr(file, "VERSION", 3)
    monkeypatch.setattr(file, "UPGRADES", {1: rename_model, 2: say_which})
    write(path, "[chat]\nllm = 'm' # mine\n")
    settings, notices = load(path)
    assert (settings.chat.model, notices) == ("m-new", [])
    save(path, settings)
    assert tomllib.loads(path.read_text()) == {"version": 3, "chat": {"model": "m-new"}}
    assert load(path) == (settings, [])


@given(content=st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_no_content_makes_loading_or_saving_fail(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = write(tmp_path_factory.mktemp("any") / "settings.toml", content)
    settings, notices = load(path)
    assert settings == Settings() or not notices
    save(path, Settings(chat=ChatSettings(model="m")))
    assert load(path)[0].chat.model == "m"
