"""Doctor tells what is wrong in bounded time, and never a secret."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from qwen_desktop import doctor
from qwen_desktop.core.shareable import shareable
from qwen_desktop.core.storage.conversations import History
from qwen_desktop.core.words import set_language
from qwen_desktop.doctor import (
    Finding,
    Machine,
    Verdict,
    checks,
    clock,
    desktop,
    examine,
    input_method,
    keys,
    network,
    storage,
)
from qwen_desktop.doctor.checks import CHECKS
from qwen_desktop.doctor.report import as_json, as_text
from qwen_desktop.doctor.session_bus import SECRETS, STATUS_NOTIFIER_WATCHER, SessionBus, ask_session_bus
from qwen_desktop.doctor.x11 import XServer
from tests.canary import assert_key_nowhere
from tests.conftest import RunScenario

ROOT = Path(__file__).resolve().parents[3]
CANARY = "sk-Canary77f3Qz19aa4d1cb2e9KXW0zz"
PROXY_CANARY = "pw-Canary88Lm20bb5e2dc3f0LYX1yy"


def x11(**given: object) -> Machine:
    """An X11 session whose server and bus answer as given."""
    return Machine({"DISPLAY": ":9"}, "linux", x11_answer=XServer(), bus_answer=SessionBus(**given))  # type: ignore[arg-type]


# The report


@pytest.mark.parametrize("form", [as_text, as_json])
def test_report_holds_neither_key_nor_password_nor_home(
    form: object, tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DASHSCOPE_API_KEY", CANARY)
    monkeypatch.setenv("HTTPS_PROXY", f"http://name:{PROXY_CANARY}@127.0.0.1:1")
    monkeypatch.setenv("QWEN_DESKTOP_BASE_URL", f"http://{PROXY_CANARY}@127.0.0.1:2/?{PROXY_CANARY}")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USER", "marlene")
    monkeypatch.setenv("SSL_CERT_FILE", "/mnt/marlene/certificates.pem")
    (home / "config").mkdir()
    written = f'[network]\nproxy = "socks5://name:{PROXY_CANARY}@proxy.example:1080"\n'
    (home / "config" / "settings.toml").write_text(written)
    report = form(examine())  # type: ignore[operator]
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "report").write_text(report)
    for canary in (CANARY, PROXY_CANARY):
        assert_key_nowhere(canary, kept)
    assert "DASHSCOPE_API_KEY" in report
    assert "http://127.0.0.1:1" in report
    assert "socks5://proxy.example:1080" in report
    assert str(tmp_path) not in report
    assert "~/home/data" in report
    assert "marlene" not in report


def test_a_broken_settings_file_is_told_by_its_place_and_stays_where_it_is(home: Path) -> None:
    (home / "config").mkdir()
    file = home / "config" / "settings.toml"
    file.write_text(f'[network]\nproxy = "http://u:{PROXY_CANARY}@host\n')
    (finding,) = storage.settings(Machine())
    assert finding.verdict is Verdict.PROBLEM
    assert "line 2" in finding.text
    assert PROXY_CANARY not in str(finding)
    assert [one.name for one in file.parent.iterdir()] == ["settings.toml"]


def test_json_is_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    code = doctor.run(is_json=True)
    told = json.loads(capsys.readouterr().out)
    assert code == (1 if told["problems"] else 0)
    assert {one["verdict"] for one in told["findings"]} <= {"ok", "note", "problem"}
    checks = {one["check"] for one in told["findings"]}
    assert {"versions", "packages", "screen", "key", "service", "history", "clock"} <= checks


def test_it_speaks_chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    try:
        set_language("zh_CN")
        text = as_text([*storage.history(Machine()), *keys.key(Machine({}))])
    finally:
        set_language("en")
    assert text == "  历史记录：尚无\n  DASHSCOPE_API_KEY：未设置\n\n未发现问题。"


def test_nothing_is_created(home: Path) -> None:
    examine()
    assert not list(home.iterdir())


def test_it_works_with_the_standard_library_alone() -> None:
    command = [sys.executable, "-S", "-W", "error", "-m", "qwen_desktop.doctor"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30, check=False)
    assert (done.returncode, done.stderr) == (1, "")
    assert "httpx: not installed" in done.stdout
    assert "broke" not in done.stdout


def test_a_path_is_the_home_folder_only_where_it_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/jo")
    monkeypatch.setenv("USER", "jo")
    assert shareable("/home/jo/x, '/home/jo' /home/john /srv/jo/y jo") == "~/x, '~' /home/john /srv/[user]/y jo"
    assert shareable(f"sent {CANARY}\x1b[2J") == "sent [removed]\ufffd[2J"


# Time


@pytest.fixture
def hanging() -> Iterator[threading.Event]:
    """Set at the end, so that what hangs is let go."""
    release = threading.Event()
    yield release
    release.set()


def test_checks_that_hang_or_break_are_findings_and_the_others_are_there(hanging: threading.Event) -> None:
    def hangs(machine: Machine) -> Iterator[Finding]:
        hanging.wait(20)
        yield Finding("never", "seen")

    def breaks(machine: Machine) -> Iterator[Finding]:
        yield Finding("first", "half")
        raise OSError(5, f"quoting {CANARY}")

    def works(machine: Machine) -> Iterator[Finding]:
        yield Finding("it", "works")

    began_at = time.monotonic()
    found = examine(Machine(), [hangs, breaks, hangs, works], check_s=0.5)
    assert time.monotonic() - began_at < 10, "it hung with them"
    told = [(one.check, one.text) for one in found]
    late = ("hangs", "no answer within 0.5 s")
    assert told == [late, ("breaks", "half"), ("breaks", "this check broke: OSError 5"), late, ("works", "works")]
    assert [one.verdict for one in found if one.check == "hangs"] == [Verdict.PROBLEM] * 2


@pytest.mark.filterwarnings("ignore:Exception ignored in. <socket")  # python-xlib drops them when nobody listens
def test_an_x_server_that_is_not_there() -> None:
    machine = Machine({"DISPLAY": ":987"}, "linux")
    found = [
        *desktop.screen(machine),
        *desktop.tray(Machine({"DISPLAY": ":987"}, "linux", bus_answer=SessionBus("no"))),
    ]
    assert Verdict.PROBLEM in {one.verdict for one in found}
    assert any("XAUTHORITY" in one.remedy for one in found)


@pytest.mark.skipif(sys.platform != "linux", reason="X servers of Linux")
@pytest.mark.filterwarnings("ignore:Exception ignored in. <socket")
def test_what_a_check_that_hangs_looked_at_is_told_in_the_users_language(hanging: threading.Event) -> None:
    def history(machine: Machine) -> Iterator[Finding]:
        hanging.wait(20)
        yield Finding("never", "")

    set_language("zh_CN")
    try:
        [found] = examine(Machine(), [history], check_s=0.3)
    finally:
        set_language("en")
    assert (found.check, found.subject) == ("history", "历史记录")
    for check in CHECKS:
        assert checks._subject(check) != check.__name__


def test_settings_written_with_a_byte_order_mark_are_fine(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "settings.toml").write_bytes(b"\xef\xbb\xbf[chat]\nthinking = true\n")
    [found] = storage.settings(Machine({"QWEN_DESKTOP_HOME": str(tmp_path)}, "linux"))
    assert found.verdict is Verdict.FINE


def test_an_x_server_that_hangs_keeps_only_those_waiting_who_ask_it() -> None:
    import socket

    number = 10_000 + os.getpid() % 50_000
    file = Path(f"/tmp/.X11-unix/X{number}")
    file.parent.mkdir(exist_ok=True)
    silent = socket.socket(socket.AF_UNIX)
    silent.bind(str(file))
    silent.listen()
    try:
        machine = Machine({"DISPLAY": f":{number}"}, "linux")
        found = examine(machine, [desktop.screen, desktop.notifications, desktop.tray, keys.keychain])
    finally:
        silent.close()
        file.unlink()
    told = {finding.check: finding.text for finding in found}
    assert told["screen"] == told["tray"] == "no answer within 2 s"
    assert told["notifications"] == told["keychain"] == "the session bus cannot be asked (there is none)"


def test_a_bus_that_does_not_answer(tmp_path: Path) -> None:
    import socket

    silent = socket.socket(socket.AF_UNIX)
    silent.bind(str(tmp_path / "bus"))
    silent.listen()
    try:
        answer = ask_session_bus({"DBUS_SESSION_BUS_ADDRESS": f"unix:path={tmp_path / 'bus'}"})
    finally:
        silent.close()
    assert answer.problem == "no answer"
    assert ask_session_bus({}).problem == "no session bus"
    assert ask_session_bus({"DBUS_SESSION_BUS_ADDRESS": "nonsense"}).problem
    (note,) = desktop.notifications(Machine({}, "linux", bus_answer=answer))
    assert note.remedy


# Desktop


def test_tray_by_whoever_offers_one() -> None:
    assert next(desktop.tray(x11(owned=frozenset({STATUS_NOTIFIER_WATCHER})))).text == "there (StatusNotifier)"
    machine = Machine({"DISPLAY": ":9"}, "linux", x11_answer=XServer(has_tray=True), bus_answer=SessionBus("x"))
    assert next(desktop.tray(machine)).text == "there (XEmbed)"
    gnome = {"WAYLAND_DISPLAY": "w", "XDG_CURRENT_DESKTOP": "ubuntu:GNOME"}
    (none,) = desktop.tray(Machine(gnome, "linux", bus_answer=SessionBus()))
    assert none.verdict is Verdict.NOTE
    assert desktop.GNOME_EXTENSION in none.remedy


def test_hotkey_by_the_way_this_desktop_has() -> None:
    wayland = {"WAYLAND_DISPLAY": "w", "DISPLAY": ":9"}
    (portal,) = desktop.hotkey(Machine(wayland, "linux", bus_answer=SessionBus(shortcuts_version=1)))
    assert "version 1" in portal.text
    (bound,) = desktop.hotkey(Machine(wayland, "linux", bus_answer=SessionBus()))
    assert bound.verdict is Verdict.NOTE
    assert "qwen-desktop quick" in bound.remedy
    (grabbed,) = desktop.hotkey(x11())
    assert grabbed.verdict is Verdict.FINE
    (nothing,) = desktop.hotkey(Machine({}, "linux", bus_answer=SessionBus("no")))
    assert "no screen" in nothing.text


def test_a_platform_plugin_that_is_not_there_is_a_problem() -> None:
    if not desktop.plugins("platforms"):
        pytest.skip("no Qt here")
    machine = Machine({"DISPLAY": ":9", "QT_QPA_PLATFORM": "cocoa"}, "linux", x11_answer=XServer())
    found = list(desktop.screen(machine))
    assert found[-1].verdict is Verdict.PROBLEM
    assert "cocoa" in found[-1].text
    machine = Machine({"DISPLAY": ":9"}, "linux", x11_answer=XServer())
    assert list(desktop.screen(machine))[-1] == Finding("Qt platform", "xcb")


AVAILABLE = ["compose", "ibus", "qtvirtualkeyboard"]


@pytest.mark.parametrize(
    ("environment", "running", "verdict", "words"),
    [
        ({}, [], Verdict.FINE, "own choice"),
        ({}, ["fcitx5"], Verdict.NOTE, "no variable"),
        ({"QT_IM_MODULE": "fcitx"}, ["fcitx5"], Verdict.FINE, "QT_IM_MODULES=fcitx;ibus"),
        ({"QT_IM_MODULE": "fcitx", "QT_IM_MODULES": "fcitx"}, ["fcitx5"], Verdict.PROBLEM, "no plugin for fcitx"),
        ({"XMODIFIERS": "@im=fcitx"}, [], Verdict.PROBLEM, "fcitx5 is named"),
        ({"QT_IM_MODULE": "ibus"}, ["ibus-daemon"], Verdict.FINE, "Qt loads ibus"),
        ({"QT_IM_MODULE": "fcitx", "WAYLAND_DISPLAY": "w"}, ["fcitx5"], Verdict.FINE, "Qt loads wayland"),
    ],
)
def test_input_method(environment: dict[str, str], running: list[str], verdict: Verdict, words: str) -> None:
    found = input_method.judged(environment, running, AVAILABLE)
    assert found.verdict is verdict
    assert words in str(found)


@pytest.mark.parametrize(
    ("state", "words", "verdict"),
    [
        ("open", "unlocked", Verdict.FINE),
        ("locked", "locked", Verdict.FINE),
        ("none", "create", Verdict.FINE),
        ("", "does not answer", Verdict.PROBLEM),
    ],
)
def test_keychain_is_named_and_not_opened(state: str, words: str, verdict: Verdict) -> None:
    pytest.importorskip("secretstorage")
    (found,) = keys.keychain(x11(owned=frozenset({SECRETS}), keychain=state))
    assert words in found.text
    assert found.verdict is verdict


def test_without_a_keychain_there_is_a_remedy() -> None:
    (found,) = keys.keychain(x11())
    assert found.verdict is Verdict.NOTE
    assert "gnome-keyring" in found.remedy
    assert "DASHSCOPE_API_KEY" in found.remedy


@pytest.mark.parametrize("value", ["密钥", "sk-two words", "sk-canary\nX-Other: 1"])
def test_what_is_no_key_in_the_environment_is_a_problem(value: str) -> None:
    (finding,) = keys.key(Machine({"DASHSCOPE_API_KEY": value}))
    assert finding.verdict is Verdict.PROBLEM
    assert value not in str(finding)


# Network and clock


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("http://user:secret@proxy.example:3128", "http://proxy.example:3128"),
        ("user:secret@proxy.example:3128/path?key=secret", "proxy.example:3128"),
        ("socks5://[::1]:1080#secret", "socks5://[::1]:1080"),
        ("http://user:secret@proxy.example:port", "not a valid address"),
        ("http://[secret", "not a valid address"),
    ],
)
def test_password_of_an_address_is_not_shown(url: str, shown: str) -> None:
    assert network.without_password(url) == shown


def test_an_address_that_cannot_be_asked_is_a_problem_before_it_is_asked() -> None:
    (found,) = network.service(Machine({"QWEN_DESKTOP_BASE_URL": "https://host/some/path"}))
    assert found.verdict is Verdict.PROBLEM
    assert found.remedy
    (found,) = network.service(Machine({"QWEN_DESKTOP_BASE_URL": "https://host"}))
    assert found == Finding("QWEN_DESKTOP_BASE_URL", "https://host")


def test_certificates_that_do_not_exist_are_a_problem() -> None:
    found = list(network.certificates(Machine({"SSL_CERT_FILE": "/no/such/file"})))
    assert found[0].verdict is Verdict.PROBLEM
    assert "/no/such/file" in found[0].text
    assert found[-1].subject == "Certificates"


def test_a_clock_that_is_wrong_by_years_is_seen_without_a_network() -> None:
    authorities: list[dict[str, object]] = [
        {"notBefore": "Jan  1 00:00:00 2010 GMT", "notAfter": f"Jan  1 00:00:00 {2030 + number % 5} GMT"}
        for number in range(20)
    ]
    at_2026 = 1_795_000_000.0
    assert clock.judged(at_2026, at_2026, authorities).verdict is Verdict.FINE
    assert clock.judged(at_2026, at_2026 + 90_000, []).verdict is Verdict.PROBLEM
    assert clock.judged(1_000_000_000.0, 0, authorities).verdict is Verdict.PROBLEM
    assert clock.judged(2_200_000_000.0, 0, authorities).verdict is Verdict.PROBLEM
    assert next(clock.clock(Machine())).verdict is Verdict.FINE


# Database


def test_damaged_history_is_a_problem_and_stays_as_it_is(home: Path) -> None:
    (home / "data").mkdir()
    history = home / "data" / "history.sqlite3"
    history.write_bytes(b"not a database" * 100)
    for is_in_app in (False, True):
        (finding,) = storage.history(Machine(is_in_app=is_in_app))
        assert finding.verdict is Verdict.PROBLEM
        assert history.read_bytes() == b"not a database" * 100
        assert [file.name for file in history.parent.iterdir()] == ["history.sqlite3"]


def test_a_history_that_this_process_has_open_is_read_through_sqlite_alone(
    home: Path, run: RunScenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Closing a plain descriptor of it would drop the locks this process holds on it."""
    path = home / "data" / "history.sqlite3"

    def no_plain_file(*_: object, **__: object) -> None:
        raise AssertionError("opened")

    async def scenario() -> None:
        history = await History.open(path)
        try:
            with monkeypatch.context() as patch:
                patch.setattr(Path, "open", no_plain_file)
                (finding,) = await asyncio.to_thread(lambda: list(storage.history(Machine(is_in_app=True))))
        finally:
            await history.close()
        assert finding.verdict is Verdict.FINE
        assert finding.text.startswith("sound, ")
        assert "schema" in finding.text

    run(scenario())


def test_a_large_history_is_not_read_for_long(home: Path, run: RunScenario, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        history = await History.open(home / "data" / "history.sqlite3")
        await history.close()

    run(scenario())
    import sqlite3

    database = sqlite3.connect(home / "data" / "history.sqlite3")
    database.execute("CREATE TABLE large (x)")
    database.executemany("INSERT INTO large VALUES (?)", [("y" * 1000,)] * 20_000)
    database.commit()
    database.close()
    monkeypatch.setattr(storage, "READ_THROUGH_S", 0.0)
    (finding,) = storage.history(Machine(is_in_app=True))
    assert finding.verdict is Verdict.FINE
    assert "too large to read through" in finding.text


def test_crash_reports_are_counted(home: Path) -> None:
    (home / "data" / "logs").mkdir(parents=True)
    (home / "data" / "logs" / "crash-20261126-101112-7.txt").write_text("x")
    found = list(storage.logs(Machine()))
    assert [one.subject for one in found] == ["Logs", "Crash reports"]


@pytest.mark.skipif(os.name != "posix" or os.getuid() == 0, reason="needs a user who may not write everywhere")
def test_a_folder_that_cannot_be_written_to_is_a_problem(home: Path) -> None:
    home.chmod(0o500)
    found = list(storage.folders(Machine()))
    home.chmod(0o700)
    assert Verdict.PROBLEM in {one.verdict for one in found}


def test_a_terminal_with_few_characters_gets_the_report() -> None:
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "QWEN_DESKTOP_LANG": "zh_CN"}
    command = [sys.executable, "-m", "qwen_desktop", "doctor"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=30, check=False)
    assert done.stderr == ""
    assert "Python?3." in done.stdout
