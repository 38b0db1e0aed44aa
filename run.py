#!/usr/bin/env python3
"""A plain checkout to a running app: makes .venv, installs what is missing, then starts the app or its tests.

    python3 run.py                 open the app; arguments after -- reach it
    python3 run.py test            run all checks and tests
    python3 run.py bench [NAME]    print the tables of tests/bench
    python3 run.py build TARGET    make a package in dist/: wheel (with the sdist), bundle, deb, windows or macos
    python3 run.py doctor          tell what is missing or unusual on this machine

Standard library only. Everything installed goes into .venv beside this file, except system packages: those are
installed when root (with apt), offered through sudo on a terminal, and else printed as one line to paste (exit 3).
"""

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import time

LOWEST, HIGHEST = (3, 11), (3, 13)
ROOT = os.path.dirname(os.path.abspath(__file__))
APP_LOCK, TEST_LOCK, BUILD_LOCK = "requirements.lock", "requirements-test.lock", "requirements-build.lock"
QT_PACKAGES = ("pyside6-essentials", "shiboken6", "qasync", "pytest-qt")
SETUP_FAILED = 3
WINDOWS = sys.platform == "win32"


class SetupFailed(Exception):
    """Set-up cannot go on; the text says why and what to do."""


def main(arguments):
    """Do what the command line says; the exit code."""
    if not LOWEST <= sys.version_info[:2] <= HIGHEST:
        return start_with_another_python(arguments)
    own, _, for_app = partition(arguments, "--")
    parser = argparse.ArgumentParser(
        prog="run.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--index", metavar="URL", help="package index or mirror to install from, for this run")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    tests = commands.add_parser("test", help="run all checks and tests; arguments after -- reach pytest instead")
    tests.add_argument("--all", action="store_true", help="the long suites too")
    tests.add_argument("--desktop", action="store_true", help="install the tools of the desktop stage if need be")
    tests.add_argument("--only", metavar="STAGE", action="append", help="checks, core, faults, window or desktop")
    bench = commands.add_parser("bench", help="print the tables of tests/bench")
    bench.add_argument("names", nargs="*", metavar="NAME")
    build = commands.add_parser("build", help="make a package in dist/; arguments after -- reach its script")
    build.add_argument(
        "target", choices=sorted(BUILDS), help="wheel makes the sdist too; packaging/README.md tells more"
    )
    commands.add_parser("doctor", help="tell what is missing or unusual on this machine")
    for command in commands.choices.values():
        command.add_argument("--index", metavar="URL", default=argparse.SUPPRESS, help=argparse.SUPPRESS)
    options = parser.parse_args(own)
    if options.index:
        use_index(options.index)
    try:
        if options.command == "test":
            return test(options, for_app)
        if options.command == "bench":
            return benchmark(options.names, for_app)
        if options.command == "build":
            return build_package(options.target, for_app)
        if options.command == "doctor":
            return doctor()
        return start_app(for_app)
    except SetupFailed as failure:
        say(str(failure))
        return SETUP_FAILED


def partition(arguments, separator):
    """`arguments` before and after the first `separator`, as lists."""
    if separator not in arguments:
        return arguments, [], []
    at = arguments.index(separator)
    return arguments[:at], [separator], arguments[at + 1 :]


def say(text):
    """Tell the person at the terminal; stdout stays for what the started program prints."""
    print(text, file=sys.stderr, flush=True)


# Python


def start_with_another_python(arguments):
    """This Python is too old or too new: hand over to a fitting one if there is one, else say what to do."""
    for minor in range(HIGHEST[1], LOWEST[1] - 1, -1):
        python = shutil.which("python3.{}".format(minor)) or python_of_launcher(minor)
        if python:
            return replace_process([python, os.path.abspath(__file__), *arguments])
    here = "{}.{}".format(*sys.version_info[:2])
    say("Qwen Desktop needs Python 3.11, 3.12 or 3.13; this is Python {} and no other was found.".format(here))
    if sys.platform == "darwin":
        say("Install one with `brew install python@3.13` or from python.org, then start again.")
    elif WINDOWS:
        say("Install one with `winget install Python.Python.3.13` or from python.org, then start again.")
    else:
        say("Install one with your system's package tool (Debian 12 and Ubuntu 24.04 have one), then start again.")
    return SETUP_FAILED


def python_of_launcher(minor):
    """The Python 3.`minor` that Windows' `py` launcher knows, or None."""
    if not WINDOWS or not shutil.which("py"):
        return None
    ask = ["py", "-3.{}".format(minor), "-c", "import sys; print(sys.executable)"]
    answer = subprocess.run(ask, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    return answer.stdout.decode("utf-8", "replace").strip() if answer.returncode == 0 else None


def replace_process(command, environment=None, folder=None):
    """Become `command` where the system can, so that signals and the exit code are its own; else wait for it."""
    sys.stdout.flush()
    if folder:
        os.chdir(folder)
    environment = dict(os.environ if environment is None else environment)
    if WINDOWS:
        return subprocess.call(command, env=environment)
    os.execve(command[0], command, environment)


# The environment in .venv


class Environment:
    """A virtual environment that holds exactly the locked packages, made again whenever it does not."""

    def __init__(self, name, lock, without=()):
        self.folder = os.path.join(ROOT, name)
        self.lock = lock
        self.without = without
        self.stamp_path = os.path.join(self.folder, "qwen-desktop.json")
        self.python = os.path.join(self.folder, "Scripts" if WINDOWS else "bin", "python.exe" if WINDOWS else "python")

    def ensure(self):
        """Make it ready; costs a few milliseconds when it is. Two that start at once wait for one another."""
        if self.is_ready():
            return
        with only_one():
            if not self.is_ready():
                self.make()

    def base_key(self):
        """What the environment as a whole depends on: a change means to make it anew."""
        base_python = os.path.realpath(getattr(sys, "_base_executable", sys.executable))
        return [ROOT, base_python, "{}.{}".format(*sys.version_info[:2]), sorted(self.without)]

    def lock_key(self, lock):
        """What the installed packages depend on."""
        digest = hashlib.sha256()
        for name in (lock, "pyproject.toml"):
            with open(os.path.join(ROOT, name), "rb") as file:
                digest.update(file.read())
        return digest.hexdigest()

    def stamp(self):
        """What was installed here last; None if nothing was, if that was interrupted, or if it is unreadable."""
        try:
            with open(self.stamp_path, encoding="utf-8") as file:
                return json.load(file)
        except (OSError, ValueError):
            return None

    def is_ready(self):
        """Whether it was finished for this lock, in this place, and nothing has gone since."""
        return self.is_whole() and self.stamp().get("locks", {}).get(self.lock) == self.lock_key(self.lock)

    def is_whole(self):
        """Whether what was installed last, for whichever lock, is all still here and fits this place and Python."""
        try:
            stamp = self.stamp()
            is_same = stamp["base"] == self.base_key() and isinstance(stamp["locks"], dict)
            return is_same and os.path.exists(self.python) and set(stamp["packages"]) <= set(self.installed())
        except (KeyError, TypeError):
            return False

    def site_packages(self):
        """Where its packages are."""
        return sysconfig.get_path("purelib", "nt" if WINDOWS else "posix_prefix", {"base": self.folder})

    def installed(self):
        """The entries of its site-packages, sorted."""
        try:
            return sorted(os.listdir(self.site_packages()))
        except OSError:
            return []

    def make(self):
        """Create what is missing, install the lock, and stamp it last, so that an interrupted try is seen."""
        started_at = time.monotonic()
        can_stay = self.is_whole()
        installer = find_uv()
        if not installer:
            ensure_system([system_packages().virtual_environments()])
        ensure_system([system_packages().c_library()])
        say("Setting up {} (once; about a minute) ...".format(os.path.relpath(self.folder, ROOT)))
        try:
            if can_stay:
                os.remove(self.stamp_path)
            else:
                remove_tree(self.folder)
            if not (installer and self.install_with_uv(installer, can_stay)):
                self.install_with_pip(can_stay and not installer)
            self.add_project()
            locks = [APP_LOCK, TEST_LOCK] if self.lock == TEST_LOCK else [self.lock]
            stamp = {
                "base": self.base_key(),
                "locks": {lock: self.lock_key(lock) for lock in locks},
                "packages": [name for name in self.installed() if not name.startswith(("_", "~"))],
            }
            with open(self.stamp_path + ".new", "w", encoding="utf-8") as file:
                json.dump(stamp, file)
            os.replace(self.stamp_path + ".new", self.stamp_path)
        except OSError as error:
            raise SetupFailed(
                "Set-up could not write to {}: {}. Free some space, or move the project to a folder of yours.".format(
                    self.folder, error.strerror or error
                )
            ) from error
        say("Ready after {:.0f} s.".format(time.monotonic() - started_at))

    def requirements(self):
        """The path of the lock file to install, less the packages this environment shall not have."""
        path = os.path.join(ROOT, self.lock)
        if not self.without:
            return path
        kept, keep = [], True
        with open(path, encoding="utf-8") as file:
            for line in file:
                if not line.startswith((" ", "#")):
                    keep = line.split("==")[0].strip() not in self.without
                if keep:
                    kept.append(line)
        part = os.path.join(self.folder, self.lock)
        with open(part, "w", encoding="utf-8") as file:
            file.writelines(kept)
        return part

    def install_with_uv(self, uv, into_existing):
        """Create and fill it with uv; False if uv could not, so that pip may try."""
        environment = dict(os.environ, UV_PYTHON_DOWNLOADS="never")
        if not into_existing:
            base_python = getattr(sys, "_base_executable", sys.executable)
            if run_quietly([uv, "venv", "--quiet", "--python", base_python, self.folder], environment):
                return False
        arguments = ["--python", self.python, "--no-deps", "--require-hashes", "--compile-bytecode"]
        return not run_shown([uv, "pip", "install", *arguments, "-r", self.requirements()], environment)

    def install_with_pip(self, into_existing):
        """Create and fill it with Python's own tools; raises SetupFailed with pip's last words."""
        if not into_existing:
            remove_tree(self.folder)
            base_python = getattr(sys, "_base_executable", sys.executable)
            problem = run_quietly([base_python, "-m", "venv", self.folder], os.environ)
            if problem:
                raise SetupFailed("Python could not make a virtual environment:\n{}".format(problem))
        environment = dict(os.environ, PIP_USER="0", PIP_DISABLE_PIP_VERSION_CHECK="1")
        for name in ("PIP_TARGET", "PIP_PREFIX", "PIP_ROOT"):
            environment.pop(name, None)
        command = [self.python, "-m", "pip", "install", "--no-input", "--no-deps", "--require-hashes"]
        problem = run_shown([*command, "-r", self.requirements()], environment)
        if problem:
            raise SetupFailed(
                "The packages could not be installed:\n{}\nIf the package index is slow or out of reach, "
                "name a mirror: python3 run.py --index URL".format(problem)
            )

    def add_project(self):
        """Make `import qwen_desktop` and the command `qwen-desktop` work, wherever the folder is moved to."""
        site_packages = self.site_packages()
        with open(os.path.join(site_packages, "qwen_desktop.pth"), "w", encoding="ascii") as file:
            file.write(os.path.relpath(ROOT, site_packages) + "\n")
        command = os.path.join(os.path.dirname(self.python), "qwen-desktop")
        # -P: the folder it is called in must not be able to replace a module.
        if WINDOWS:
            with open(command + ".cmd", "w", encoding="ascii", newline="\r\n") as file:
                file.write('@"%~dp0python.exe" -P -m qwen_desktop %*\n')
        else:
            with open(command, "w", encoding="ascii") as file:
                file.write('#!/bin/sh\nexec "$(dirname "$(readlink -f "$0")")/python" -P -m qwen_desktop "$@"\n')
            os.chmod(command, 0o755)


def use_index(url):
    """Install from `url` in this run, with pip or uv; in the environment, since it may hold a password."""
    os.environ.update(PIP_INDEX_URL=url, UV_DEFAULT_INDEX=url, UV_INDEX_URL=url)


def find_uv():
    """uv's path where it would see the same package index as pip, else None: pip's settings are unknown to it."""
    uv = shutil.which("uv")
    if not uv:
        return None
    uv_is_told = any(os.environ.get(name) for name in ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "UV_INDEX"))
    return uv if uv_is_told or not has_pip_settings() else None


def has_pip_settings():
    """Whether pip is told, by a file or the environment, where packages come from."""
    names = ("INDEX_URL", "EXTRA_INDEX_URL", "FIND_LINKS", "NO_INDEX", "CERT", "CLIENT_CERT", "TRUSTED_HOST", "PROXY")
    if any(os.environ.get("PIP_" + name) for name in names):
        return True
    home = os.path.expanduser("~")
    folders = [
        os.path.join(os.environ.get("XDG_CONFIG_HOME") or os.path.join(home, ".config"), "pip"),
        os.path.join(home, ".pip"),
        os.path.join(home, "pip"),
        os.path.join(home, "Library", "Application Support", "pip"),
        os.path.join(os.environ.get("APPDATA") or home, "pip"),
        os.path.join(os.environ.get("PROGRAMDATA") or "/etc", "pip"),
        "/Library/Application Support/pip",
        "/etc/xdg/pip",
        "/etc",
    ]
    files = [os.path.join(folder, name) for folder in folders for name in ("pip.conf", "pip.ini")]
    return any(os.path.isfile(file) for file in [*files, os.environ.get("PIP_CONFIG_FILE", "")])


def run_quietly(command, environment):
    """Run `command`; its output if it failed, else nothing."""
    result = subprocess.run(
        command, env=environment, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    return (result.stdout.decode("utf-8", "replace").strip() or "no reason given") if result.returncode else ""


def run_shown(command, environment):
    """The same, with its progress shown on a terminal."""
    if not sys.stderr.isatty():
        return run_quietly(command, environment)
    result = subprocess.run(command, env=environment, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=sys.stderr)
    return "see above" if result.returncode else ""


def remove_tree(folder):
    """Delete `folder` if it is there, or say which file could not be deleted."""
    if os.path.islink(folder) or os.path.isfile(folder):
        os.remove(folder)
    elif os.path.isdir(folder):
        shutil.rmtree(folder)


class only_one:
    """Held while environments change; a second start waits and says so. The system frees it if the holder dies."""

    def __enter__(self):
        try:
            self.file = open(os.path.join(ROOT, ".venv.lock"), "a+")
        except OSError as error:
            raise SetupFailed(
                "This folder cannot be written to ({}): put the project into a folder that is yours.".format(
                    error.strerror
                )
            ) from error
        waiting_was_said = False
        while not self.try_lock():
            if not waiting_was_said:
                say("Another start is setting up; waiting for it ...")
                waiting_was_said = True
            time.sleep(0.2)

    def try_lock(self):
        try:
            if WINDOWS:
                import msvcrt

                self.file.seek(0)
                msvcrt.locking(self.file.fileno(), msvcrt.LK_NBLCK, 1)
            else:
                import fcntl

                fcntl.flock(self.file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True

    def __exit__(self, *_):
        self.file.close()


# The system


def system_packages():
    """The project's knowledge of system packages; standard library only, but of a newer Python than this file."""
    if ROOT not in sys.path:
        sys.path.insert(0, ROOT)
    from qwen_desktop.desktop import system_packages

    return system_packages


def ensure_system(required, welcome=()):
    """Install the system packages that are missing, or say how to; see there."""
    packages = system_packages()
    try:
        packages.ensure(required, welcome)
    except packages.SystemPackagesMissing as problem:
        raise SetupFailed(str(problem)) from None


def ensure_window(environment):
    """What a window needs from the system; once seen, only the files found then are looked for, not loaded."""
    if not sys.platform.startswith("linux"):
        return
    record = os.path.join(environment.folder, "system-libraries.json")
    kinds = sorted(name for name in ("DISPLAY", "WAYLAND_DISPLAY") if os.environ.get(name))
    try:
        with open(record, encoding="utf-8") as file:
            seen = json.load(file)
        if seen["kinds"] == kinds and seen["files"] and all(map(os.path.exists, seen["files"])):
            return
    except (OSError, ValueError, KeyError, TypeError):
        pass
    packages = system_packages()
    ensure_system(packages.window_requirements(), welcome=[packages.CHINESE_FONT, packages.CERTIFICATES])
    try:
        with open(record, "w", encoding="utf-8") as file:
            json.dump({"kinds": kinds, "files": packages.loaded_files()}, file)
    except OSError:
        pass  # Only the next start's few milliseconds are lost.


# The commands

WINDOW_ARGUMENTS = ("quick", "--hidden", "--self-test")


def is_link(argument):
    """Whether an argument is a link the app has registered for."""
    return argument.lower().startswith("qwen-desktop:")


def start_app(arguments):
    """Open the window, or the same conversation in the terminal where there is no screen."""
    environment = Environment(".venv", APP_LOCK)
    has_screen = not sys.platform.startswith("linux") or any(
        os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    )
    wants_window = has_screen and (not arguments or arguments[0] in WINDOW_ARGUMENTS or is_link(arguments[0]))
    if not environment.is_ready() and sys.platform.startswith("linux"):
        # All at once, so that there is one line to paste, not two after one another.
        packages = system_packages()
        required = packages.window_requirements() if wants_window else ()
        required += () if find_uv() else (packages.virtual_environments(),)
        ensure_system(required, welcome=[packages.CERTIFICATES] + [packages.CHINESE_FONT] * wants_window)
    environment.ensure()
    if wants_window:
        ensure_window(environment)
    if not arguments and not has_screen:
        say("No screen here (DISPLAY and WAYLAND_DISPLAY are not set): the conversation runs in this terminal.")
        arguments = ["--terminal"]
    return replace_process([environment.python, "-P", "-m", "qwen_desktop", *arguments])


def test(options, pytest_arguments):
    """Prepare all that the tests need, then run tests/stages.py, which runs them and counts."""
    packages = system_packages()
    linux = sys.platform.startswith("linux")
    strict = linux and (system_packages().is_root() or bool(os.environ.get("CI"))) and packages.family() == packages.APT
    if linux:
        required = packages.QT_LIBRARIES
        if strict or options.desktop:
            required += packages.X11_LIBRARIES + packages.DESKTOP_TEST_TOOLS
        if not find_uv():
            required += (packages.virtual_environments(),)
        ensure_system(required, welcome=[packages.CHINESE_FONT, packages.CERTIFICATES])
    environment = Environment(".venv", TEST_LOCK)
    environment.ensure()
    core = Environment(".venv-core", TEST_LOCK, without=QT_PACKAGES)
    core.ensure()
    command = [environment.python, "-m", "tests.stages", "--core-python", core.python]
    command += ["--strict"] if strict or options.desktop else []
    command += ["--all"] if options.all else []
    for stage in options.only or []:
        command += ["--only", stage]
    return replace_process(command + (["--", *pytest_arguments] if pytest_arguments else []), folder=ROOT)


def benchmark(names, arguments):
    """Run the tables of tests/bench, each in a process of its own."""
    if sys.platform.startswith("linux"):
        ensure_system(system_packages().QT_LIBRARIES, welcome=[system_packages().CHINESE_FONT])
    environment = Environment(".venv", TEST_LOCK)
    environment.ensure()
    files = os.listdir(os.path.join(ROOT, "tests", "bench"))
    present = sorted(file[:-3] for file in files if file.startswith("bench_") and file.endswith(".py"))
    wanted = [name if name.startswith("bench_") else "bench_" + name for name in names] or present
    for name in wanted:
        if name not in present:
            say("There is no bench named {}; there are: {}".format(name, ", ".join(present) or "none"))
            return 2
    outcomes = [
        subprocess.call([environment.python, "-m", "tests.bench." + name, *arguments], cwd=ROOT) for name in wanted
    ]
    return max(outcomes, default=0)


BUILDS = {
    "wheel": ("packaging", "python", "make_wheel.py"),
    "bundle": ("packaging", "bundle", "make_bundle.py"),
    "deb": ("packaging", "linux", "make_deb.py"),
    "windows": ("packaging", "windows", "make_installer.py"),
    "macos": ("packaging", "macos", "make_dmg.py"),
}


def build_package(target, arguments):
    """Make one package in dist/, with the tools of requirements-build.lock and the system packages they need."""
    if sys.platform.startswith("linux"):
        packages = system_packages()
        required = () if find_uv() else (packages.virtual_environments(),)
        if target in ("bundle", "deb"):
            required += packages.QT_LIBRARIES + packages.X11_LIBRARIES + packages.WAYLAND_LIBRARIES
            required += packages.bundle_tools()
        required += packages.DEB_TOOLS if target == "deb" else ()
        required += packages.QT_LIBRARIES + packages.WINDOWS_TOOLS if target == "windows" else ()
        ensure_system(required)
    environment = Environment(".venv-build", BUILD_LOCK)
    environment.ensure()
    return replace_process([environment.python, os.path.join(ROOT, *BUILDS[target]), *arguments], folder=ROOT)


def doctor():
    """Tell about this machine; works before anything is installed, and tells more afterwards."""
    environment = Environment(".venv", APP_LOCK)
    python = environment.python if environment.is_ready() else sys.executable
    return replace_process([python, "-m", "qwen_desktop.doctor"], folder=ROOT)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        say("\nStopped; start again to go on.")
        sys.exit(130)
