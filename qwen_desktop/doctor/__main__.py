"""`python -m qwen_desktop.doctor`: what `run.py doctor` starts, with whatever Python there is."""

from __future__ import annotations

import sys

from qwen_desktop.doctor import run

if __name__ == "__main__":
    sys.exit(run(is_json="--json" in sys.argv[1:]))
