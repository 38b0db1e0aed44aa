"""Doctor tells what is wrong, and never a secret."""

from __future__ import annotations

from pathlib import Path

import pytest

from qwen_desktop import doctor
from qwen_desktop.doctor import Verdict


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
    assert doctor.without_password(url) == shown


def test_report_holds_neither_key_nor_password(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DASHSCOPE_API_KEY", "sk-canary")
    monkeypatch.setenv("HTTPS_PROXY", "http://name:canary@127.0.0.1:1")
    monkeypatch.setenv("QWEN_DESKTOP_BASE_URL", "http://canary@127.0.0.1:2/?canary")
    doctor.run()
    report = capsys.readouterr().out
    assert "DASHSCOPE_API_KEY: set" in report
    assert "HTTPS_PROXY: http://127.0.0.1:1" in report
    assert "canary" not in report


@pytest.mark.parametrize("value", ["密钥", "sk-two words", "sk-canary\nX-Other: 1"])
def test_what_is_no_key_in_the_environment_is_a_problem(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DASHSCOPE_API_KEY", value)
    (finding,) = doctor.key()
    assert finding.verdict is Verdict.PROBLEM
    assert value not in str(finding)


def test_damaged_history_is_a_problem_and_stays_as_it_is(home: Path) -> None:
    (home / "data").mkdir()
    history = home / "data" / "history.sqlite3"
    history.write_bytes(b"not a database" * 100)
    (finding,) = doctor.history()
    assert finding.verdict is Verdict.PROBLEM
    assert history.read_bytes() == b"not a database" * 100
    assert [file.name for file in history.parent.iterdir()] == ["history.sqlite3"]


def test_nothing_is_created(home: Path) -> None:
    doctor.run()
    assert not list(home.iterdir())


def test_certificates_that_do_not_exist_are_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "/no/such/file")
    assert any(finding.verdict is Verdict.PROBLEM and "/no/such/file" in finding.text for finding in doctor.network())


def test_a_check_that_breaks_is_a_problem_and_the_report_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise OSError("the disk is gone")

    monkeypatch.setattr(doctor, "folders", broken)
    found = list(doctor.findings())
    assert any(finding.subject == "broken" and finding.verdict is Verdict.PROBLEM for finding in found)
    assert any(finding.subject == "DASHSCOPE_API_KEY" for finding in found)
