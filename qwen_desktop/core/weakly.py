"""A method to a call that does not keep its object.

Objects that refer to each other in a circle wait for the garbage collector, and those that it put aside
(`ui/garbage.py`) while they were in use would never go: so what holds much text is in no circle, and gone when it is
let go.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar
from weakref import WeakMethod

P = ParamSpec("P")
T = TypeVar("T")


def weakly(method: Callable[P, T], otherwise: T) -> Callable[P, T]:
    """Calls a bound method while its object is there; gives `otherwise` afterwards."""
    known = WeakMethod(method)

    def call(*args: P.args, **kwargs: P.kwargs) -> T:
        alive = known()
        return otherwise if alive is None else alive(*args, **kwargs)

    return call
