"""The command line: arguments to one of the app's faces.  Nothing here imports Qt before a window is wanted."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import NoReturn

from qwen_desktop import __version__
from qwen_desktop.desktop.request import Action, Request, from_link, is_link, shortened

NOT_AVAILABLE = "not available in this version"
BAD_USAGE = 2
BROKEN_PIPE = 141
PRINTER = "print-pages"
"""Not for people: the process in which the app makes PDF files."""
PREPARER = "prepare-picture"
"""Not for people: the process in which the app makes large pictures small."""
ERASER = "erase-everything"
"""Not for people: what the Windows uninstaller calls, once it was told to."""


class _Parser(argparse.ArgumentParser):
    """Bad usage exits 2 with the reason on standard error."""

    def error(self, message: str) -> NoReturn:
        self.exit(BAD_USAGE, f"{self.prog}: {message}\n")


def build_parser() -> argparse.ArgumentParser:
    """The whole grammar of the command."""
    parser = _Parser(
        prog="qwen-desktop",
        description="A desktop client for Qwen models. Without a command it opens the window.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"qwen-desktop {__version__}")
    parser.add_argument("--terminal", action="store_true", help="chat in this terminal instead of a window")
    parser.add_argument("--hidden", action="store_true", help="start in the tray, without a window")
    parser.add_argument(
        "--self-test", action="store_true", help="try this installation without a screen, a key or a network; then end"
    )
    parser.add_argument("--quit", action="store_true", help="end the running app, which keeps what it writes; then end")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", parser_class=_Parser)

    ask = commands.add_parser("ask", help="stream one reply to the terminal", allow_abbrev=False)
    ask.add_argument("prompt", nargs="?", help="the prompt, or - to read it from standard input")
    ask.add_argument("--model", help="any model id; sent unchanged")
    ask.add_argument("--system", default="", help="a system prompt")
    ask.add_argument("--protocol", choices=("native", "compatible"))
    ask.add_argument("--base-url", help="address of the service, https://HOST")
    ask.add_argument("--thinking", action=argparse.BooleanOptionalAction, default=None)
    ask.add_argument("--no-save", action="store_true", help="do not write the turn to the history")
    ask.add_argument("--json", action="store_true", help="one JSON object per line")
    ask.add_argument("--search", action="store_true", help="let the model search the web; its sources come last")
    ask.add_argument(
        "--image",
        action="append",
        metavar="FILE",
        help="send a picture along, made small and without its place and other traces; may be given several times",
    )
    ask.add_argument("--file", action="append", help=argparse.SUPPRESS)
    ask.add_argument(
        "--continue",
        dest="continue_after_cut",
        choices=("auto", "never"),
        default="never",
        help="auto: ask for the rest of a reply that was cut, at most twice; each time the input is billed again",
    )

    quick = commands.add_parser(
        "quick", help="show the quick ask of the running app, or hide it; starts the app if need be", allow_abbrev=False
    )
    quick.add_argument("text", nargs="*", help="what to fill in; it is not sent")

    demo = commands.add_parser("demo-server", help="serve the built-in demo on this computer", allow_abbrev=False)
    demo.add_argument("--port", type=_port, default=0, help="port on 127.0.0.1; 0 takes a free one")

    doctor = commands.add_parser("doctor", help="show what this installation finds and misses", allow_abbrev=False)
    doctor.add_argument("--json", action="store_true", help="one JSON object")
    doctor.add_argument("--live", action="store_true", help="ask the service with your key, after asking you")
    doctor.add_argument("--yes", action="store_true", help="with --live: agree to its requests beforehand")
    _add_exchange(commands)
    return parser


def _add_exchange(commands: argparse._SubParsersAction[_Parser]) -> None:
    export = commands.add_parser("export", help="write chats to files, beside the window too", allow_abbrev=False)
    export.add_argument("--all", action="store_true", help="all chats")
    export.add_argument("--conversation", type=int, action="append", metavar="ID", help="one chat; may be given again")
    export.add_argument("folder", metavar="DIR", help="where the files go; it is made, and what is in it stays")
    export.add_argument(
        "--format", choices=("md", "json", "html", "pdf"), default="md", help="json: everything, to be imported again"
    )
    export.add_argument("--no-reasoning", action="store_true", help="leave the reasoning out (not of json)")
    export.add_argument("--with-deleted", action="store_true", help="json: what was deleted and can be brought back")
    export.add_argument("--with-requests", action="store_true", help="json: what was sent for each reply, without keys")
    imported = commands.add_parser(
        "import", help="take chats from files: this app's JSON, ChatGPT's export, lists of messages", allow_abbrev=False
    )
    imported.add_argument("files", metavar="FILE", nargs="+")
    imported.add_argument("--preview", action="store_true", help="say what it would do, and change nothing")
    imported.add_argument("--copies", action="store_true", help="take chats that are there already once more")


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= 65535):
        raise argparse.ArgumentTypeError("a port is a number from 0 to 65535")
    return int(text)


def main(arguments: Sequence[str]) -> int:
    """Runs one command and returns its exit code.  `SystemExit` is raised for bad usage (2), help and version (0)."""
    if list(arguments[:1]) == ["ask"]:
        return _stoppable_ask(arguments)
    if list(arguments) == [PRINTER]:
        from qwen_desktop.ui.printing.server import serve

        return serve()
    if list(arguments) == [PREPARER]:
        from qwen_desktop.core.images import apart

        return apart.serve()
    if list(arguments) == [ERASER]:
        from qwen_desktop.erase_command import run as erase

        return erase()
    if arguments and is_link(arguments[0]):  # one with a quotation mark may come in pieces: they are no options
        return _window(from_link(" ".join(arguments)))
    parser = build_parser()
    options = parser.parse_args(list(arguments))
    if options.command == "ask":
        return _ask(options)
    if options.command == "demo-server":
        return _serve_demo(options.port)
    if options.command == "doctor":
        return _examine(options)
    if options.command in ("export", "import"):
        return _exchange(parser, options)
    if options.self_test:
        from qwen_desktop.self_test import run as run_self_test

        return run_self_test()
    if options.quit:
        return _quit()
    if options.command == "quick":
        return _window(Request(Action.QUICK, shortened(" ".join(options.text))))
    if options.hidden:
        return _window(Request(Action.HIDDEN))
    if options.terminal or not _has_screen():
        return _terminal_chat()
    return _window(Request())


def _window(request: Request) -> int:
    """The running app is asked; without one, it is started here."""
    if not _has_screen():
        from qwen_desktop.core.words import tr

        print(f"qwen-desktop: {tr('There is no screen to show a window on.')}", file=sys.stderr)
        return 1
    from dataclasses import replace

    from qwen_desktop.core.paths import AppPaths
    from qwen_desktop.desktop.single_instance import Address, hand_over

    paths = AppPaths.find()
    request = replace(request, activation_token=os.environ.get("XDG_ACTIVATION_TOKEN", ""))
    if hand_over(Address(paths.data), request):
        return 0
    from qwen_desktop.start import run as run_app

    return run_app(request)


def _quit() -> int:
    """0 once no app runs; 1 if it does not end."""
    from qwen_desktop.core.paths import AppPaths
    from qwen_desktop.core.storage.lock import HistoryLock
    from qwen_desktop.desktop.single_instance import Address, end_first

    paths = AppPaths.find()
    lock = HistoryLock(paths.history_lock)
    if not paths.history_lock.exists() or end_first(Address(paths.data), lock.acquire):
        lock.release()
        return 0
    from qwen_desktop.core.words import tr

    print(f"qwen-desktop: {tr('Qwen Desktop is open and does not end.')}", file=sys.stderr)
    return 1


def _stoppable_ask(arguments: Sequence[str]) -> int:
    """`ask`, which has its last line also when it is stopped while it loads."""
    from qwen_desktop import stop_signals

    stop_signals.raise_from_now_on()
    try:
        return _ask(build_parser().parse_args(list(arguments)))
    except stop_signals.StoppedBySignal as stopped:
        if "--json" in arguments:
            from qwen_desktop.ask_output import output_for

            with suppress(OSError):
                output_for(True).end(None, None, is_stopped=True)
        return stop_signals.EXIT_CODE + stopped.number


def _ask(options: argparse.Namespace) -> int:
    if options.file:
        return _not_available("ask --file")
    from qwen_desktop.ask import run as run_ask

    return run_ask(options)


def _examine(options: argparse.Namespace) -> int:
    if options.yes and not options.live:
        print("qwen-desktop doctor: --yes goes with --live", file=sys.stderr)
        return BAD_USAGE
    try:
        if options.live:
            from qwen_desktop.doctor import live

            code = live.run(is_json=options.json, has_consent=options.yes)
        else:
            from qwen_desktop import doctor

            code = doctor.run(is_json=options.json)
        if sys.stdout is not None:
            sys.stdout.flush()
    except BrokenPipeError:
        sys.stdout = None  # lest its flush at exit complain again
        return BROKEN_PIPE
    except OSError as error:  # a full disk, say; whatever the checks meet is among their findings
        sys.stdout = None
        print(f"qwen-desktop doctor: standard output: {error.strerror}", file=sys.stderr)
        return 1
    return code


def _exchange(parser: argparse.ArgumentParser, options: argparse.Namespace) -> int:
    if options.command == "export" and bool(options.all) == bool(options.conversation):
        parser.error("export: say either --all or --conversation ID")
    from qwen_desktop import stop_signals

    stop_signals.raise_from_now_on()
    try:
        from qwen_desktop import exchange_command

        return exchange_command.export(options) if options.command == "export" else exchange_command.take(options)
    except stop_signals.StoppedBySignal as stopped:
        return stop_signals.EXIT_CODE + stopped.number


def _terminal_chat() -> int:
    try:
        from qwen_desktop.ask import terminal_chat

        return terminal_chat()
    except KeyboardInterrupt:  # while it loads
        return 130


def _not_available(what: str) -> int:
    print(f"qwen-desktop: {what}: {NOT_AVAILABLE}", file=sys.stderr)
    return BAD_USAGE


def _has_screen() -> bool:
    """False only where it is known that no window can be shown."""
    if sys.platform in ("win32", "darwin") or os.environ.get("QT_QPA_PLATFORM"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _serve_demo(port: int) -> int:
    import asyncio

    from qwen_desktop.demo.server import serve

    try:
        asyncio.run(serve(port))
    except KeyboardInterrupt:
        return 130
    except OSError as error:
        print(f"qwen-desktop: port {port} cannot be used: {error.strerror or error}", file=sys.stderr)
        return 1
    return 0
