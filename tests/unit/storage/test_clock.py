"""A clock that is wrong for a while: nothing is erased by it, and what is new stays above what is old."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from qwen_desktop.core.chat.conversation import KEPT_FOR
from qwen_desktop.core.storage import backups, rescue
from qwen_desktop.core.storage.conversations import History
from qwen_desktop.core.storage.sweeps import APART, Sweeps
from tests.listing import listed

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def run_of_the_app(tmp_path: Path) -> Callable[[datetime], datetime]:
    """One run with one sweep: gives before which moment things are erased."""
    return lambda now: Sweeps(tmp_path / "sweeps.json").expired_before(now)


def test_used_daily_things_go_a_week_after_their_30_days(
    run_of_the_app: Callable[[datetime], datetime],
) -> None:
    for day in range(40):
        now = NOW + day * DAY
        before = run_of_the_app(now)
        assert before.year == 1 if day < APART.days else before == now - APART - KEPT_FOR


def test_used_rarely_they_are_erased_later_and_never_earlier(run_of_the_app: Callable[[datetime], datetime]) -> None:
    run_of_the_app(NOW)
    assert run_of_the_app(NOW + 100 * DAY) == NOW - KEPT_FOR
    assert run_of_the_app(NOW + 200 * DAY) == NOW + 100 * DAY - KEPT_FOR


@pytest.mark.parametrize("years", [-26, -1, 1, 34])
def test_one_run_with_a_wrong_clock_erases_nothing(
    run_of_the_app: Callable[[datetime], datetime], tmp_path: Path, years: int
) -> None:
    """However long it is, and as often as it happens, when the clock is right in between."""
    for day in range(20):
        run_of_the_app(NOW + day * DAY)
    for day in range(20, 60, 4):
        now = NOW + day * DAY
        wrong = Sweeps(tmp_path / "sweeps.json")
        for hour in range(24 * 10):
            assert wrong.expired_before(now + timedelta(days=365 * years, hours=hour)) <= now - KEPT_FOR
        assert run_of_the_app(now) <= now - KEPT_FOR


def test_a_run_that_lasts_for_weeks_goes_by_those_before_it(tmp_path: Path) -> None:
    Sweeps(tmp_path / "sweeps.json").expired_before(NOW)
    long = Sweeps(tmp_path / "sweeps.json")
    assert {long.expired_before(NOW + day * DAY) for day in range(APART.days, 90)} == {NOW - KEPT_FOR}
    assert long.expired_before(NOW).year == 1
    assert len(json.loads((tmp_path / "sweeps.json").read_text())["swept_at"]) <= APART.days + 2


@pytest.mark.parametrize(
    "text", ["", "[]", '{"swept_at": 1}', '{"swept_at": [1, "x", "0001-01-01T00:00"]}', "[" * 9999]
)
def test_a_file_that_is_not_understood_means_that_there_was_no_sweep(tmp_path: Path, text: str) -> None:
    (tmp_path / "sweeps.json").write_text(text)
    assert Sweeps(tmp_path / "sweeps.json").expired_before(NOW).year == 1
    assert Sweeps(tmp_path / "sweeps.json").expired_before(NOW + APART) == NOW - KEPT_FOR


async def test_new_chats_are_listed_first_while_the_clock_is_hours_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def set_clock(moment: datetime) -> None:
        for module in ("conversations", "branching"):
            monkeypatch.setattr(f"qwen_desktop.core.storage.{module}.now", lambda: moment)

    history = await History.open(tmp_path / "history.sqlite3")
    set_clock(NOW + 400 * DAY)
    far = (await history.create_conversation(title="far ahead", model_id=None)).id
    set_clock(NOW)
    old = (await history.begin_turn(None, "old", model_id="m")).conversation.id
    set_clock(NOW - timedelta(hours=8))
    new = (await history.begin_turn(None, "new", model_id="m")).conversation.id
    newer = (await history.create_conversation(title="newer", model_id=None)).id
    assert [one.id for one in await listed(history)] == [far, newer, new, old]
    continued = await history.begin_turn(old, "again", model_id="m")
    copy = (await history.branch_off(continued.prompt.id)).id
    chats = await listed(history)
    assert [one.id for one in chats] == [far, copy, old, newer, new]
    assert all(one.updated_at - NOW < timedelta(seconds=1) for one in chats[1:])
    set_clock(NOW + 2 * DAY)
    last = await history.create_conversation(title="the clock is right again", model_id=None)
    assert last.summary.updated_at == NOW + 2 * DAY
    await history.close()


def test_two_repairs_in_the_same_second_keep_both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Clock(datetime):
        @classmethod
        def now(cls, tz: object = None) -> Clock:
            return cls(2000, 1, 1, tzinfo=UTC)

    monkeypatch.setattr(rescue, "datetime", Clock)
    path = tmp_path / "history.sqlite3"
    for text in ("first", "second"):
        path.write_text(text)
        rescue._keep(path)
    kept = sorted(folder / path.name for folder in tmp_path.glob("damaged-*"))
    assert [file.read_text() for file in kept] == ["first", "second"]


async def test_a_clock_that_begins_anew_with_each_start_makes_one_copy_a_day(tmp_path: Path) -> None:
    path, folder = tmp_path / "history.sqlite3", tmp_path / "backups"
    history = await History.open(path)
    await history.begin_turn(None, "prompt", model_id="m")
    await history.close()
    assert backups.make(path, folder, backups.DAILY) is not None
    (made,) = backups.backups_in(folder)
    assert not backups.is_due(path, folder, made.made_at - timedelta(minutes=10))
