"""Parameters of models in settings.toml: read, written, and nothing of anybody else's lost."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from qwen_desktop.core.chat.parameters import Parameters
from qwen_desktop.core.settings.file import load, save
from qwen_desktop.core.settings.models import parameters_of, with_parameters
from qwen_desktop.core.settings.settings import Settings

ALL = Parameters(0.5, 0.25, 100, 7, ("a", "b"), 1_000, "high")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "settings.toml"


def set_for(path: Path, model_id: str, parameters: Parameters) -> None:
    settings, notices = load(path)
    assert notices == []
    save(path, replace(settings, models=with_parameters(settings.models, model_id, parameters)))


def test_parameters_survive_saving_and_loading(path: Path) -> None:
    set_for(path, "qwen3.7-plus", ALL)
    set_for(path, 'odd "id"/模型', Parameters(seed=0))
    settings, notices = load(path)
    assert notices == []
    assert parameters_of(settings.models, "qwen3.7-plus") == ALL
    assert parameters_of(settings.models, 'odd "id"/模型') == Parameters(seed=0)
    assert parameters_of(settings.models, "another") == Parameters()


def test_taking_all_back_leaves_a_file_without_a_trace(path: Path) -> None:
    save(path, replace(Settings(), limits=replace(Settings().limits, monthly_cap=5.0)))
    before = path.read_text()
    set_for(path, "m", ALL)
    assert path.read_text() != before
    set_for(path, "m", Parameters())
    assert path.read_text().strip() == before.strip()


def test_comments_and_unknown_keys_are_kept(path: Path) -> None:
    path.write_text('[models."m"]\n# mine\nseed = 3 # lucky\nlater = "x"\n\n[models.other]\ntop_p = 0.5\n')
    set_for(path, "m", Parameters(temperature=1.0))
    text = path.read_text()
    assert "# mine" in text
    assert 'later = "x"' in text
    assert "seed" not in text
    settings, _ = load(path)
    assert parameters_of(settings.models, "m") == Parameters(temperature=1.0)
    assert parameters_of(settings.models, "other") == Parameters(top_p=0.5)


@pytest.mark.parametrize(
    "line",
    ["seed = -1", "seed = true", "temperature = 2.0", 'temperature = "warm"', 'stop = "END"', "stop = [1]",
     'effort = "x"', "effort = 3", "max_tokens = 1.5", "thinking_budget = 0"],
)  # fmt: skip
def test_what_no_model_takes_is_told_by_its_name_and_stays_in_the_file(path: Path, line: str) -> None:
    path.write_text(f"[models.m]\n{line}\ntop_p = 0.5\n")
    settings, notices = load(path)
    assert [notice.name for notice in notices] == [f"models.m.{line.split()[0]}"]
    assert parameters_of(settings.models, "m") == Parameters(top_p=0.5)
    save(path, settings)
    assert line in path.read_text()


@pytest.mark.parametrize("text", ["models = 3", "[models]\nm = 3"])
def test_tables_that_are_none_are_told(path: Path, text: str) -> None:
    path.write_text(text)
    settings, notices = load(path)
    assert len(notices) == 1
    assert settings.models == {}
