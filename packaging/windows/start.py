"""Where the programs of the installation begin (launcher.c)."""

import sys

sys.frozen = True  # the program is the app itself: it starts again without `-m`

from qwen_desktop.__main__ import main

sys.exit(main())
