"""Where the program of a bundle begins."""

import sys

from qwen_desktop.__main__ import main

sys.exit(main())
