"""Threads take turns more often while anything asks for it, and as usual afterwards."""

from __future__ import annotations

import sys

from qwen_desktop.core.long_work import SWITCH_S, give_way, long_work


def test_of_several_works_the_last_that_ends_gives_the_usual_turns_back() -> None:
    usual_s = sys.getswitchinterval()
    first, second = long_work(), long_work()
    with first:
        second.__enter__()
        assert abs(sys.getswitchinterval() - SWITCH_S) < 1e-6
    assert abs(sys.getswitchinterval() - SWITCH_S) < 1e-6
    second.__exit__(None, None, None)
    assert sys.getswitchinterval() == usual_s


def test_work_goes_on_when_nobody_wants_the_machine_or_one_wants_it_for_long() -> None:
    answers = [True, True, False, True]
    give_way(lambda: answers.pop(0))
    assert answers == [True]
    give_way(lambda: True)
