"""Where the app for macOS begins."""

import sys

from qwen_desktop.__main__ import main

sys.exit(main())
