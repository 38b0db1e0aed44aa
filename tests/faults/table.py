"""Every way in which the fault server can break, by name.

HTTP/1.1 only: the client speaks nothing else, so the faults of HTTP/2 frames (GOAWAY, RST_STREAM, REFUSED_STREAM,
ENHANCE_YOUR_CALM) cannot reach it and have no rows here.
"""

from __future__ import annotations

from tests.faults.broken_streams import STREAMS
from tests.faults.fault import Fault
from tests.faults.refusals import REFUSALS

FAULTS: dict[str, Fault] = {**REFUSALS, **STREAMS}
CASES: list[tuple[str, str]] = [(name, protocol) for name, fault in FAULTS.items() for protocol in fault.protocols]
"""(name, protocol), for `pytest.mark.parametrize`."""
