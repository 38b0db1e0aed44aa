"""System packages: what is missing to the line that installs it, on each family of distributions."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from qwen_desktop.desktop import system_packages as packages

ROOT = Path(__file__).resolve().parents[2]


def requirement(name: str, met: bool, **names: str) -> packages.Requirement:
    return packages.Requirement(name, names, lambda: met)


def test_only_what_is_not_met_is_missing() -> None:
    there, gone = requirement("there", True), requirement("gone", False)
    assert packages.missing([there, gone]) == [gone]


@pytest.mark.parametrize(
    ("release", "kind"),
    [
        ("ID=debian\nVERSION_ID=12", packages.APT),
        ('ID=linuxmint\nID_LIKE="ubuntu debian"', packages.APT),
        ("ID=fedora", packages.DNF),
        ('ID="rocky"\nID_LIKE="rhel centos fedora"', packages.DNF),
        ("ID=manjaro\nID_LIKE=arch", packages.PACMAN),
        ('ID="opensuse-tumbleweed"\nID_LIKE="opensuse suse"', packages.ZYPPER),
        ("ID=alpine", None),
        ("", None),
        ("# a comment\nnonsense\nID='debian'", packages.APT),
    ],
)
def test_family_is_read_from_os_release(release: str, kind: str | None) -> None:
    assert packages.family(release) == kind


@pytest.mark.parametrize(
    ("release", "name"),
    [
        ("ID=debian\nVERSION_ID=12", "libglib2.0-0"),
        ("ID=debian\nVERSION_ID=13", "libglib2.0-0t64"),
        ("ID=debian", "libglib2.0-0t64"),  # testing and unstable carry no version
        ("ID=ubuntu\nVERSION_ID=22.04", "libglib2.0-0"),
        ("ID=ubuntu\nVERSION_ID=24.04", "libglib2.0-0t64"),
        ("ID=ubuntu\nVERSION_ID=strange", "libglib2.0-0"),
    ],
)
def test_renamed_library_is_asked_for_by_its_new_name(release: str, name: str) -> None:
    assert packages.package_names(packages.QT_LIBRARIES, packages.APT, release)[0] == name


@pytest.mark.parametrize("kind", [packages.APT, packages.DNF, packages.PACMAN, packages.ZYPPER])
def test_every_library_has_a_package_in_every_family(kind: str) -> None:
    libraries = packages.QT_LIBRARIES + packages.X11_LIBRARIES + packages.WAYLAND_LIBRARIES
    for library in (*libraries, packages.CHINESE_FONT, packages.CERTIFICATES):
        assert packages.package_names([library], kind), library.name
    names = packages.package_names(libraries, kind)
    assert len(names) == len(set(names))


def test_every_test_tool_has_a_debian_package() -> None:
    for tool in packages.DESKTOP_TEST_TOOLS:
        assert packages.package_names([tool], packages.APT), tool.name


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the dynamic linker of Linux")
def test_a_library_is_looked_for_by_the_dynamic_linker() -> None:
    assert packages.can_load("libc.so.6")
    assert not packages.can_load("libno-such-thing.so.1")


ENSURE = """
import os, sys
from qwen_desktop.desktop import system_packages as packages
os.geteuid = lambda: {user}
packages.family = lambda: {family!r}
thing = packages.Requirement("a thing", {{"apt": "thing1 thing2"}}, lambda: os.path.exists({proof!r}))
try:
    packages.ensure([thing])
except packages.SystemPackagesMissing as problem:
    print(problem)
    sys.exit(3)
"""


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    """A folder to put first on PATH: an apt-get that writes down its calls and knows packages after an update only."""
    folder = tmp_path / "tools"
    folder.mkdir()
    (folder / "apt-get").write_text(
        f"""#!/bin/sh
echo "$DEBIAN_FRONTEND $*" >> {tmp_path}/calls
case "$*" in
    *update*) touch {tmp_path}/updated ;;
    *install*) [ -e {tmp_path}/updated ] && touch {tmp_path}/proof ;;
esac
"""
    )
    (folder / "apt-get").chmod(0o755)
    return folder


def ensure(tmp_path: Path, path: Path | str, user: int, family: str | None = "apt") -> subprocess.CompletedProcess[str]:
    program = ENSURE.format(user=user, family=family, proof=str(tmp_path / "proof"))
    environment = {name: value for name, value in os.environ.items() if name != "CI"} | {
        "PATH": f"{path}:/usr/bin:/bin"
    }
    return subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=30,
        stdin=subprocess.DEVNULL,
    )


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="apt is for Linux")
def test_root_installs_after_updating_a_stale_package_list(tmp_path: Path, tools: Path) -> None:
    result = ensure(tmp_path, tools, user=0)
    assert result.returncode == 0, result.stdout
    calls = (tmp_path / "calls").read_text().splitlines()
    assert ["update" in call for call in calls] == [False, True, False]
    assert all(call.startswith("noninteractive ") for call in calls)
    assert calls[-1].endswith("install -y --no-install-recommends thing1 thing2")


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="apt is for Linux")
def test_ordinary_user_gets_one_line_to_paste_and_nothing_is_run(tmp_path: Path, tools: Path) -> None:
    result = ensure(tmp_path, tools, user=1000)
    assert result.returncode == 3
    line = "sudo apt-get install -y --no-install-recommends thing1 thing2"
    assert result.stdout.splitlines()[-1] == line
    assert not (tmp_path / "calls").exists()


def test_unknown_system_is_told_what_is_missing(tmp_path: Path) -> None:
    result = ensure(tmp_path, tmp_path, user=1000, family=None)
    assert result.returncode == 3
    assert result.stdout == "Missing on this system: a thing.\n"
