"""The test command counts what it ran: a crash, an empty run and a report cut short are failures, never silence."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

from tests import stages
from tests.stages import Count


def run_pytest(tmp_path: Path, source: str) -> Count:
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    (tmp_path / "conftest.py").write_text("def pytest_addoption(parser): parser.addoption('--all')\n")
    (tmp_path / "test_it.py").write_text(source)
    arguments = [str(tmp_path), "-c", str(tmp_path / "pytest.ini"), "-p", "no:cacheprovider"]
    return stages.pytest(sys.executable, arguments, all_tests=False)


@pytest.mark.parametrize(
    ("source", "count"),
    [
        ("def test_a(): pass\ndef test_b(): pass", Count(passed=2)),
        ("def test_a(): pass\ndef test_b(): assert 0", Count(passed=1, failed=1)),
        ("import pytest\ndef test_a(): pytest.skip('why')\ndef test_b(): pass", Count(passed=1, skipped=1)),
        ("import no_such_module", Count(failed=1)),
        ("", Count(failed=1)),
        ("import os\ndef test_a(): os._exit(0)", Count(failed=1)),
        ("import os\ndef test_a(): os.abort()", Count(failed=1)),
    ],
)
def test_each_outcome_is_counted(tmp_path: Path, source: str, count: Count) -> None:
    assert run_pytest(tmp_path, source) == count


def test_last_line_is_the_sum_over_the_stages(capsys: pytest.CaptureFixture[str]) -> None:
    assert stages.summarise({"checks": Count(4), "core": Count(10, 1), "desktop": "not run: no tools"}) == 1
    assert capsys.readouterr().out.splitlines()[-1] == "14 passed, 1 failed"
    assert stages.summarise({"core": Count(10, 0, 2)}) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "10 passed, 0 failed, 2 skipped"


def test_a_run_of_nothing_is_a_failure() -> None:
    assert stages.summarise({"desktop": "not run: no tools"}) == 1


def test_runs_beside_the_others_are_counted_and_shown_when_they_are_asked_for(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    (tmp_path / "conftest.py").write_text("def pytest_addoption(parser): parser.addoption('--all')\n")
    (tmp_path / "test_it.py").write_text("def test_a(): pass\ndef test_b(): assert 'seen' == ''\n")
    (tmp_path / "test_other.py").write_text("import os\ndef test_c(): assert os.environ['IS_GIVEN']\n")
    options = ["-c", str(tmp_path / "pytest.ini"), "-p", "no:cacheprovider"]
    with stages.Beside(all_tests=False) as beside:
        first = beside.start(sys.executable, [str(tmp_path / "test_it.py"), *options])
        second = beside.start(sys.executable, [str(tmp_path / "test_other.py"), *options], IS_GIVEN="yes")
        assert capfd.readouterr().out == ""
        assert second.wait() == Count(passed=1)
        assert "seen" not in capfd.readouterr().out
        assert first.wait() == Count(passed=1, failed=1)
    assert "assert 'seen' == ''" in capfd.readouterr().out


def test_a_run_that_has_not_begun_when_it_is_waited_for_is_run_at_once(tmp_path: Path) -> None:
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    (tmp_path / "conftest.py").write_text("def pytest_addoption(parser): parser.addoption('--all')\n")
    mark = tmp_path / "second"
    (tmp_path / "test_first.py").write_text(
        f"import pathlib, time\ndef test_a():\n    end = time.monotonic() + 60\n"
        f"    while not pathlib.Path({str(mark)!r}).exists(): assert time.monotonic() < end; time.sleep(0.01)\n"
    )
    (tmp_path / "test_second.py").write_text(f"import pathlib\ndef test_b(): pathlib.Path({str(mark)!r}).touch()\n")
    options = ["-c", str(tmp_path / "pytest.ini"), "-p", "no:cacheprovider"]
    with stages.Beside(all_tests=False, at_once=1) as beside:
        first = beside.start(sys.executable, [str(tmp_path / "test_first.py"), *options])
        second = beside.start(sys.executable, [str(tmp_path / "test_second.py"), *options])
        assert second.wait() == Count(passed=1)
        assert first.wait() == Count(passed=1)


def test_a_run_beside_the_others_ends_with_them(tmp_path: Path) -> None:
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    (tmp_path / "conftest.py").write_text("def pytest_addoption(parser): parser.addoption('--all')\n")
    mark = tmp_path / "began"
    (tmp_path / "test_it.py").write_text(
        f"import pathlib, time\ndef test_a():\n    pathlib.Path({str(mark)!r}).touch()\n    time.sleep(600)\n"
    )
    arguments = [str(tmp_path), "-c", str(tmp_path / "pytest.ini"), "-p", "no:cacheprovider"]
    began_at = time.monotonic()
    with pytest.raises(KeyboardInterrupt), stages.Beside(all_tests=False) as beside:
        beside.start(sys.executable, arguments)
        beside.start(sys.executable, arguments)
        while not mark.exists():
            assert time.monotonic() - began_at < 60
            time.sleep(0.01)
        raise KeyboardInterrupt
    assert time.monotonic() - began_at < 60
