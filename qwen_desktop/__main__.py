"""Entry: decides between the window and the terminal, importing only what that way needs."""

from __future__ import annotations

import sys


def main(arguments: list[str] | None = None) -> int:
    """Runs `qwen-desktop` with the given arguments (the process's own by default); returns the exit code."""
    from qwen_desktop import cli

    return cli.main(sys.argv[1:] if arguments is None else arguments)


if __name__ == "__main__":
    sys.exit(main())
