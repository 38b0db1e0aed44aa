"""What run.py promises about its environment, on real environments: made once, repaired when broken, safe when hurried.

The lock file here names one tiny package in a local folder, so that no index is asked.
"""

from __future__ import annotations

import ast
import base64
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from types import ModuleType

import pytest

PROJECT = Path(__file__).resolve().parents[2]
PASSED_ON = (
    "PATH",
    "HOME",
    "LANG",
    "SYSTEMROOT",
    "TEMP",
    "TMP",
    "TMPDIR",
    "USERPROFILE",
    "PYENV_ROOT",
    "PYENV_VERSION",
)
APP = "import sys, os, tiny; print('app', *sys.argv[1:]); print(tiny.__file__)"


class Checkout:
    """A small stand-in for the project with the real run.py, started as a person starts it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        package = folder / "qwen_desktop"
        (package / "desktop").mkdir(parents=True)
        (package / "__init__.py").touch()
        (package / "desktop" / "__init__.py").touch()
        (package / "__main__.py").write_text(APP)
        shutil.copy(PROJECT / "qwen_desktop/desktop/system_packages.py", package / "desktop")
        shutil.copy(PROJECT / "run.py", folder)
        (folder / "pyproject.toml").touch()
        wheels = folder / "wheels"
        wheels.mkdir()
        for version in ("1.0", "2.0"):
            make_wheel(wheels, version)
        self.lock("1.0")
        self.environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ} | {
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": wheels.as_uri(),
            "PIP_CONFIG_FILE": os.devnull,
        }

    def lock(self, version: str, digest: str = "") -> None:
        wheel = self.folder / "wheels" / f"tiny-{version}-py3-none-any.whl"
        digest = digest or hashlib.sha256(wheel.read_bytes()).hexdigest()
        for name in ("requirements.lock", "requirements-test.lock"):
            (self.folder / name).write_text(f"tiny=={version} \\\n    --hash=sha256:{digest}\n")

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, str(self.folder / "run.py"), *arguments]

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*arguments),
            env=self.environment | environment,
            cwd=self.folder.parent,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=100,
        )

    def load(self) -> ModuleType:
        """Its run.py as a module."""
        spec = importlib.util.spec_from_file_location("run_of_checkout", self.folder / "run.py")
        assert spec
        assert spec.loader
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    def tiny(self) -> Path:
        """The installed module."""
        return Path(self.run("--", "print").stdout.splitlines()[-1])


def make_wheel(folder: Path, version: str) -> None:
    """A wheel with one module, `tiny`."""
    info = f"tiny-{version}.dist-info"
    files = {
        "tiny.py": f"version = '{version}'\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: tiny\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(
        f"{name},sha256={base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b'=').decode()},\n"
        for name, text in files.items()
    )
    with zipfile.ZipFile(folder / f"tiny-{version}-py3-none-any.whl", "w") as wheel:
        for name, text in {**files, f"{info}/RECORD": f"{record}{info}/RECORD,,\n"}.items():
            wheel.writestr(name, text)


@pytest.fixture(scope="module")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """A checkout that was started once."""
    checkout = Checkout(tmp_path_factory.mktemp("made") / "a folder with spaces, 中文")
    result = checkout.run("--", "first")
    assert result.returncode == 0, result.stderr
    assert result.stdout.splitlines()[0] == "app first"
    assert "Setting up .venv" in result.stderr
    return checkout


@pytest.fixture
def checkout(made_once: Checkout, tmp_path: Path) -> Checkout:
    """A checkout that was never started."""
    return Checkout(tmp_path / "checkout")


def test_second_start_only_starts(made_once: Checkout) -> None:
    result = made_once.run("--", "again", "--flag", "中文")
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.splitlines()[0] == "app again --flag 中文"


def test_command_in_the_environment_starts_the_app_from_any_folder(made_once: Checkout, tmp_path: Path) -> None:
    scripts = made_once.folder / ".venv" / ("Scripts" if sys.platform == "win32" else "bin")
    command = scripts / ("qwen-desktop.cmd" if sys.platform == "win32" else "qwen-desktop")
    (tmp_path / "tiny.py").write_text("raise SystemExit('a file of this folder replaced a module')")
    result = subprocess.run(
        [command, "ask", "a b"], cwd=tmp_path, env=made_once.environment, capture_output=True, text=True, timeout=30
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout.splitlines()[0] == "app ask a b"


def test_changed_lock_is_installed(made_once: Checkout) -> None:
    made_once.lock("2.0")
    assert "2.0" in made_once.tiny().read_text()
    made_once.lock("1.0")
    assert "1.0" in made_once.tiny().read_text()


def test_lost_package_is_put_back(made_once: Checkout) -> None:
    module = made_once.tiny()
    module.unlink()
    assert made_once.tiny() == module
    assert module.exists()


def test_broken_interpreter_is_replaced(made_once: Checkout) -> None:
    python = made_once.folder / ".venv" / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    python.unlink()
    assert made_once.run("--", "x").returncode == 0


def test_interrupted_set_up_is_done_again(made_once: Checkout) -> None:
    module = made_once.tiny()
    (made_once.folder / ".venv" / "qwen-desktop.json").unlink()  # it is written last, and removed first
    module.write_text("half a file")
    assert "version" in made_once.tiny().read_text()


def test_damaged_stamp_is_not_believed(made_once: Checkout) -> None:
    stamp = made_once.folder / ".venv" / "qwen-desktop.json"
    whole = json.loads(stamp.read_text())
    module = made_once.load()
    environment = module.Environment(".venv", module.APP_LOCK)
    environment.base_key = lambda: whole["base"]
    assert environment.is_ready()
    damaged = [{name: value for name, value in whole.items() if name != left_out} for left_out in whole]
    damaged += [{**whole, name: 1} for name in whole] + [{**whole, "packages": [[]]}, {**whole, "locks": {}}]
    for content in ["", "{", "[]", "1", '"text"', "null", *map(json.dumps, damaged)]:
        stamp.write_text(content)
        assert not environment.is_ready(), content
    assert made_once.run("--", "x").returncode == 0
    assert json.loads(stamp.read_text()) == whole


def test_moved_folder_works(made_once: Checkout, tmp_path: Path) -> None:
    moved = Checkout.__new__(Checkout)
    moved.folder, moved.environment = tmp_path / "moved", made_once.environment
    shutil.copytree(made_once.folder, moved.folder, symlinks=True)
    result = moved.run("--", "x")
    assert result.returncode == 0, result.stderr
    assert str(moved.folder) in result.stdout


def test_two_starts_at_once_both_work(checkout: Checkout) -> None:
    both = [
        subprocess.Popen(
            checkout.command("--", "x"),
            env=checkout.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    told = [process.communicate(timeout=100) for process in both]
    assert [process.returncode for process in both] == [0, 0], told
    assert sum("Setting up" in stderr for _, stderr in told) == 1


def test_killed_set_up_is_done_again(checkout: Checkout) -> None:
    process = subprocess.Popen(
        checkout.command("--", "x"), env=checkout.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    deadline = time.monotonic() + 100
    while not (checkout.folder / ".venv" / "pyvenv.cfg").exists():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    process.kill()
    process.wait()
    assert checkout.run("--", "x").returncode == 0


def test_wrong_hash_is_refused_with_a_remedy_and_the_half_done_is_not_believed(made_once: Checkout) -> None:
    made_once.tiny()
    made_once.lock("2.0", digest="0" * 64)
    result = made_once.run("--", "x")
    made_once.lock("1.0")
    assert result.returncode == 3
    assert "python3 run.py --index URL" in result.stderr
    assert "Traceback" not in result.stderr
    assert not (made_once.folder / ".venv" / "qwen-desktop.json").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-in for uv is a shell script")
def test_named_index_reaches_the_installer_but_not_the_process_list(checkout: Checkout, tmp_path: Path) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "uv").write_text(f'#!/bin/sh\necho "$UV_DEFAULT_INDEX | $*" >> {tmp_path}/calls\nexit 1\n')
    (tools / "uv").chmod(0o755)
    url = "http://name:password@127.0.0.1:9/simple"
    path = f"{tools}{os.pathsep}{checkout.environment['PATH']}"
    result = checkout.run("--index", url, "--", "x", PATH=path)
    assert result.returncode == 0, result.stderr  # uv failed, and pip did it from the local folder
    calls = (tmp_path / "calls").read_text().splitlines()
    assert calls
    assert all(call.startswith(url + " | ") for call in calls)
    assert all(call.count("password") == 1 for call in calls)


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-in for uv is a shell script")
def test_uv_is_left_alone_where_pip_has_settings_of_its_own(checkout: Checkout, tmp_path: Path) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "uv").write_text(f"#!/bin/sh\ntouch {tmp_path}/called\nexit 1\n")
    (tools / "uv").chmod(0o755)
    assert checkout.run("--", "x", PATH=f"{tools}{os.pathsep}{checkout.environment['PATH']}").returncode == 0
    assert not (tmp_path / "called").exists()


def test_folder_that_cannot_be_written_to_is_named(checkout: Checkout) -> None:
    (checkout.folder / ".venv.lock").mkdir()
    result = checkout.run("--", "x")
    assert result.returncode == 3
    assert "cannot be written to" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="a missing screen is known on Linux only")
def test_without_a_screen_the_conversation_runs_in_the_terminal(made_once: Checkout) -> None:
    result = made_once.run()
    assert "No screen here" in result.stderr
    assert result.stdout.splitlines()[0] == "app --terminal"


@pytest.mark.parametrize("arguments", [["nonsense"], ["--nonsense"], ["test", "--nonsense"]])
def test_bad_usage_exits_2(made_once: Checkout, arguments: list[str]) -> None:
    result = made_once.run(*arguments)
    assert result.returncode == 2
    assert "usage" in result.stderr


@pytest.mark.parametrize("target", [[], ["exe"]])
def test_build_without_a_target_it_knows_names_those_it_does(made_once: Checkout, target: list[str]) -> None:
    result = made_once.run("build", *target)
    assert result.returncode == 2
    assert "target" in result.stderr
    if target:
        assert "'bundle', 'deb', 'macos', 'wheel', 'windows'" in result.stderr


def test_an_older_python_understands_enough_to_be_told(made_once: Checkout) -> None:
    ast.parse((PROJECT / "run.py").read_text("utf-8"), feature_version=(3, 5))
    pretend = (
        "import sys, runpy, shutil; sys.version_info = (3, 9, 0, 'final', 0); shutil.which = lambda name: None; "
        f"sys.argv = ['run.py']; runpy.run_path({str(PROJECT / 'run.py')!r}, run_name='__main__')"
    )
    result = subprocess.run([sys.executable, "-c", pretend], capture_output=True, text=True, timeout=30)
    assert result.returncode == 3
    assert "needs Python 3.11, 3.12 or 3.13; this is Python 3.9" in result.stderr


def test_app_packages_are_part_of_the_test_packages() -> None:
    def pinned(name: str) -> set[str]:
        lines = (PROJECT / name).read_text("utf-8").splitlines()
        return {line.split(";")[0].rstrip(" \\") for line in lines if "==" in line and not line.startswith(("#", " "))}

    assert len(pinned("requirements.lock")) > 20
    assert pinned("requirements.lock") <= pinned("requirements-test.lock")
    assert pinned("requirements-windows.lock") <= pinned("requirements.lock")


def test_lock_files_name_every_dependency_and_no_index() -> None:
    import tomllib

    from packaging.requirements import Requirement

    project = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    for name, dependencies in (
        ("requirements.lock", project["dependencies"]),
        ("requirements-test.lock", [*project["dependencies"], *extras["test"], *extras["bench"]]),
        ("requirements-windows.lock", [one for one in project["dependencies"] if "linux" not in one]),
    ):
        text = (PROJECT / name).read_text("utf-8")
        assert "://" not in text
        locked = dict(line.split(";")[0].rstrip(" \\").split("==") for line in text.splitlines() if "==" in line[:60])
        for dependency in map(Requirement, dependencies):
            assert dependency.specifier.contains(locked[dependency.name.lower()].strip()), dependency
