"""From the start to the first frame on a screen: a bundle against the checkout it was made of, as a table of ratios.

Each round starts both, one after the other, on an X server of its own.  The frame is seen from outside: the first
thing drawn into a mapped window.  CPU is that of the whole process up to there, all threads.  Both get the key from the
environment and an empty home; the first round, in which the checkout is compiled, does not count.

`python -m tests.bench.bench_bundle [PROGRAM] [ROUNDS]`; PROGRAM is dist/qwen-desktop/qwen-desktop otherwise.  Run it
with the Python that the bundle was made with (`.venv-build/bin/python`), else two Pythons are compared.
"""

from __future__ import annotations

import os
import select
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from Xlib import X
from Xlib.display import Display
from Xlib.ext import damage

ROOT = Path(__file__).resolve().parents[2]
MOST = 1.3
SMALLEST_WINDOW_PX = 300
LONGEST_S = 60.0


class Start(NamedTuple):
    """To the first frame."""

    cpu_ms: float
    wall_ms: float


@contextmanager
def screen() -> Iterator[str]:
    """The name of a display that nobody else uses."""
    reads, writes = os.pipe()
    command = ["Xvfb", "-displayfd", str(writes), "-screen", "0", "1440x900x24", "-nolisten", "tcp", "-noreset"]
    server = subprocess.Popen(command, pass_fds=[writes], stderr=subprocess.DEVNULL)
    os.close(writes)
    try:
        with os.fdopen(reads) as told:
            yield f":{told.readline().strip()}"
    finally:
        server.terminate()
        server.wait()


def start(command: list[str], display_name: str, compiled: str) -> Start:
    """One fresh process, ended after its first frame.  Raises TimeoutError if there is none."""
    display = Display(display_name)
    root = display.screen().root
    root.change_attributes(event_mask=X.SubstructureNotifyMask)
    display.damage_query_version()
    root.damage_create(damage.DamageReportRawRectangles)
    display.sync()
    with tempfile.TemporaryDirectory() as home:
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("QT_", "QWEN_"))}
        environment |= {
            "DISPLAY": display_name,
            "QWEN_DESKTOP_HOME": home,
            "DASHSCOPE_API_KEY": "sk-bench-000000000000",
            "PYTHONPYCACHEPREFIX": compiled,
        }
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        started_at = time.monotonic()
        process = subprocess.Popen(command, env=environment, cwd=ROOT)
        try:
            _wait_for_frame(display, started_at + LONGEST_S)
            # The clock of another process, see clock_getcpuclockid(3).
            cpu_ms = time.clock_gettime((~process.pid << 3) | 2) * 1000
            return Start(cpu_ms, (time.monotonic() - started_at) * 1000)
        finally:
            process.terminate()
            process.wait()
            display.close()


def _wait_for_frame(display: Display, until: float) -> None:
    is_mapped = False
    while display.pending_events() or select.select([display], [], [], max(0.0, until - time.monotonic()))[0]:
        if not display.pending_events():  # what came was no event
            continue
        event = display.next_event()
        if event.type == X.MapNotify:
            is_mapped = event.window.get_geometry().width >= SMALLEST_WINDOW_PX
        elif is_mapped and event.type == display.extension_event.DamageNotify:
            return
    raise TimeoutError("no window was painted")


def main(*arguments: str) -> None:
    programs = [Path(argument) for argument in arguments if not argument.isdigit()]
    program = (programs or [ROOT / "dist/qwen-desktop/qwen-desktop"])[0].absolute()
    rounds = int(next((argument for argument in arguments if argument.isdigit()), "7"))
    if not program.exists():
        print(f"no bundle at {program}: `python3 run.py build bundle` makes one")
        return
    commands = {"checkout": [sys.executable, "-P", "-m", "qwen_desktop"], "bundle": [str(program)]}
    os.environ["PYTHONPATH"] = str(ROOT)
    runs: dict[str, list[Start]] = {name: [] for name in commands}
    with screen() as display_name, tempfile.TemporaryDirectory() as compiled:
        for number in range(rounds + 1):
            for name, command in commands.items():
                found = start(command, display_name, compiled)
                if number:
                    runs[name].append(found)
    print(f"{rounds} rounds, medians{'':20}{'checkout':>10}{'bundle':>10}{'ratio':>8}  target")
    for figure, title in ((0, "CPU to the first frame, ms"), (1, "wall to the first frame, ms")):
        ours, other = (statistics.median(one[figure] for one in runs[name]) for name in commands)
        print(f"{title:36}{ours:10.0f}{other:10.0f}{other / ours:8.2f}  ≤ {MOST}")
    least = [min(one.cpu_ms for one in runs[name]) for name in commands]
    print(f"{'least CPU of all rounds, ms':36}{least[0]:10.0f}{least[1]:10.0f}{least[1] / least[0]:8.2f}")


if __name__ == "__main__":
    main(*sys.argv[1:])
