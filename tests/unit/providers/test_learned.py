"""What is remembered of models: across processes, bounded, by day, and whatever stands in the file."""

from __future__ import annotations

import json
import os
import stat
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from qwen_desktop.core.protocol.request_body import WireOptions, repair
from qwen_desktop.core.providers.catalogue import NativePath, Thinking, abilities
from qwen_desktop.core.providers.learned import (
    MAX_AGE,
    MOST_MODELS,
    Learned,
    LearnedModels,
    remember_facts,
    remember_wire,
)
from qwen_desktop.core.providers.servers import Server, ServerKind

KEY = ("127.0.0.1:9", "model-of-tomorrow")
BASE = WireOptions.for_model("model-of-tomorrow")


def test_a_repaired_refusal_outlives_the_process(tmp_path: Path) -> None:
    path = tmp_path / "data" / "models.json"
    repaired = repair(BASE, message="url error, please check url!")
    assert repaired is not None
    remember_wire(LearnedModels(path), KEY, BASE, repaired)
    again = LearnedModels(path)
    assert again[KEY].wire_options(BASE) == repaired
    assert again[KEY].on == datetime.now(UTC).date()
    known = again[KEY].abilities(abilities(KEY[1]))
    assert known.path is NativePath.MULTIMODAL
    if sys.platform != "win32":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert os.listdir(path.parent) == ["models.json"]


def test_only_the_difference_is_kept_so_that_a_newer_catalogue_counts(tmp_path: Path) -> None:
    memory = LearnedModels(tmp_path / "models.json")
    remember_wire(memory, KEY, BASE, replace(BASE, refused=frozenset({"stream_options"})))
    newer = replace(BASE, native_path=NativePath.MULTIMODAL, max_tokens=5)
    assert memory[KEY].wire_options(newer) == replace(newer, refused=frozenset({"stream_options"}))


def test_what_is_taken_back_is_forgotten(tmp_path: Path) -> None:
    memory = LearnedModels(tmp_path / "models.json")
    remember_facts(memory, KEY, vision=False)
    remember_wire(memory, KEY, BASE, replace(BASE, native_path=NativePath.MULTIMODAL, content_in_parts=True))
    remember_wire(memory, KEY, BASE, BASE)
    assert memory[KEY].wire_options(BASE) == BASE
    assert memory[KEY].vision is False


@pytest.mark.parametrize(
    ("learned", "model_id", "expected"),
    [
        (Learned(forced_thinking=True), "qwen-plus", {"thinking": Thinking.ALWAYS}),
        (Learned(forced_thinking=False), "qwen-plus", {"thinking": Thinking.NEVER}),
        (
            Learned(refused=frozenset({"enable_thinking"})),
            "qwen-plus",
            {"thinking": Thinking.UNKNOWN, "max_budget": None},
        ),
        (Learned(refused=frozenset({"thinking_budget"})), "qwen-plus", {"max_budget": None}),
        (Learned(refused=frozenset({"reasoning_effort"})), "qwen3.8-max", {"efforts": ()}),
        (Learned(max_budget=5, max_tokens=6, max_input_tokens=7), "qwen-plus", {
            "max_budget": 5, "max_output_tokens": 6, "max_input_tokens": 7,
        }),
        (Learned(thinking=Thinking.ON), "nobody", {"thinking": Thinking.ON}),
        (Learned(vision=True, search=False, tools=True, partial=True), "nobody", {
            "vision": True, "search": False, "tools": True, "partial": True,
        }),
    ],
)  # fmt: skip
def test_controls_follow_what_was_learned(learned: Learned, model_id: str, expected: dict[str, Any]) -> None:
    known = abilities(model_id)
    assert learned.abilities(known) == replace(known, **expected)


def test_a_template_that_is_refused_hides_the_switch_too() -> None:
    known = abilities("qwen3-8b", Server(ServerKind.VLLM))
    assert known.can_switch_thinking
    learned = Learned(refused=frozenset({"chat_template_kwargs"}))
    assert not learned.abilities(known).can_switch_thinking


def test_it_is_bounded_and_the_oldest_go_first(tmp_path: Path) -> None:
    path = tmp_path / "models.json"
    today = datetime.now(UTC).date()
    learned = [{"on": str(today - timedelta(days=days)), "partial": True} for days in (1, 0)]
    models = [{"host": "h", "model": f"m{n}", "learned": learned[n % 2]} for n in range(2 * MOST_MODELS)]
    path.write_text(json.dumps({"version": 1, "models": models}))
    memory = LearnedModels(path)
    remember_facts(memory, KEY, vision=True)
    kept = LearnedModels(path)
    assert len(kept) == MOST_MODELS
    assert kept[KEY].vision
    assert all(learned.on == today for learned in kept.values())


def test_what_is_too_old_or_from_the_future_is_forgotten(tmp_path: Path) -> None:
    path = tmp_path / "models.json"
    today = datetime.now(UTC).date()
    days = {"old": today - MAX_AGE - timedelta(days=1), "edge": today - MAX_AGE, "future": today + timedelta(days=2)}
    models = [{"host": "h", "model": name, "learned": {"on": str(day)}} for name, day in days.items()]
    path.write_text(json.dumps({"version": 1, "models": [*models, {"host": "h", "model": "no", "learned": {}}]}))
    assert list(LearnedModels(path)) == [("h", "edge")]


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"null", b'{"version":1}', b"\xff\xfe", b"[" * 100_000, b" " * 1_000_001, b'{"models":[1]}'],
)
def test_a_broken_file_counts_as_empty_and_is_written_anew(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "models.json"
    path.write_bytes(content)
    memory = LearnedModels(path)
    assert memory.get(KEY) is None
    remember_facts(memory, KEY, partial=False)
    assert dict(LearnedModels(path)) == {KEY: memory[KEY]}


def test_a_broken_entry_counts_as_absent(tmp_path: Path) -> None:
    path = tmp_path / "models.json"
    good = {"on": str(datetime.now(UTC).date()), "refused": ["seed", "model"], "of_a_newer_version": 1}
    models = [{"host": "h", "model": "bad", "learned": {"native_path": "/etc/passwd"}}, 5, None]
    models.append({"host": "h", "model": "good", "learned": good})
    path.write_text(json.dumps({"version": 9, "models": models}))
    memory = LearnedModels(path)
    assert list(memory) == [("h", "good")]
    assert memory["h", "good"].wire_options(BASE).refused == {"seed"}


def test_two_processes_add_to_each_other(tmp_path: Path) -> None:
    path = tmp_path / "models.json"
    one, other = LearnedModels(path), LearnedModels(path)
    assert (len(one), len(other)) == (0, 0)
    remember_facts(one, KEY, partial=False)
    remember_facts(other, ("h", "m"), vision=True)
    assert set(LearnedModels(path)) == {KEY, ("h", "m")}
    del other["h", "m"]
    assert set(LearnedModels(path)) == {KEY}


@pytest.mark.skipif(sys.platform == "win32", reason="folders without the right to write are not the same there")
def test_a_disk_that_refuses_costs_the_memory_only(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    memory = LearnedModels(tmp_path / "file" / "models.json")
    remember_facts(memory, KEY, partial=False)
    assert memory[KEY].partial is False
