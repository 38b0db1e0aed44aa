"""The ranges of what a person may set, at their ends."""

from __future__ import annotations

import math
from typing import Any

import pytest

from qwen_desktop.core.chat.context import check_system_prompt
from qwen_desktop.core.chat.parameters import Parameters
from qwen_desktop.core.errors import RequestRefused
from qwen_desktop.core.providers.catalogue import abilities, ranges


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"temperature": 0.0},
        {"temperature": 0},
        {"temperature": 1.999},
        {"top_p": 0.001},
        {"top_p": 1.0},
        {"top_p": 1},
        {"max_tokens": 1},
        {"seed": 0},
        {"seed": 2**31 - 1},
        {"stop": ("a",) * 16},
        {"stop": ("x" * 200,)},
        {"thinking_budget": 1},
        {"effort": "xhigh"},
    ],
)
def test_allowed(values: dict[str, Any]) -> None:
    Parameters(**values).check()


@pytest.mark.parametrize(
    ("reason", "values"),
    [
        ("temperature", [2, 2.0, -0.001, math.nan, math.inf, "1", True]),
        ("top_p", [0, 0.0, 1.001, -1, math.nan, "1", True]),
        ("max_tokens", [0, -1, 1.5, 10**9, True]),
        ("seed", [-1, 2**31, 0.5, True]),
        ("stop", [("",), ("x" * 201,), ("a",) * 17, (1,)]),
        ("thinking_budget", [0, -5, 1.5, 10**9, False]),
    ],
)
def test_refused(reason: str, values: list[Any]) -> None:
    for value in values:
        with pytest.raises(RequestRefused) as raised:
            Parameters(**{reason: value}).check()
        assert (raised.value.reason, raised.value.safe_to_resend) == (reason, False), value


def test_a_system_prompt_leaves_room_for_the_prompt() -> None:
    check_system_prompt("x" * 100_000, None)
    check_system_prompt("x" * 60_000, 30_720)
    with pytest.raises(RequestRefused) as raised:
        check_system_prompt("汉" * 30_720, 30_720)
    assert (raised.value.reason, raised.value.limit) == ("system_prompt", 30_720)


def test_a_models_own_ranges_are_narrower() -> None:
    own = ranges(abilities("qwen3.8-max"))
    assert (own["temperature"].least, own["temperature"].default) == (0.6, 0.6)
    assert not own["temperature"].holds(0.5)
    assert own["max_tokens"].most == 131_072
    assert own["thinking_budget"].most == 262_144
    own = ranges(abilities("qwen-long"))
    assert (own["temperature"].default, own["max_tokens"].most) == (1.0, 8_192)
    assert "thinking_budget" not in own
    assert ranges(abilities("nobody-knows-it"))["temperature"].default is None
