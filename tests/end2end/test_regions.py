"""A key of another region: the first start finds where it belongs, and uses it there by one press."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from qwen_desktop.core.providers import regions
from qwen_desktop.core.providers.regions import Region
from tests.conftest import RunScenario, eventually
from tests.end2end.desk import KEY, opened
from tests.faults.server import FaultServer
from tests.faults.table import FAULTS


def test_a_key_of_another_region_is_offered_to_be_used_there(
    run: RunScenario, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        async with FaultServer("204", "native") as beijing, FaultServer("204", "native") as singapore:
            beijing.on_get = FAULTS["401"].script
            places = (
                Region("cn-beijing", beijing.base_url, "https://example.org/beijing"),
                Region("ap-southeast-1", singapore.base_url, "https://example.org/singapore"),
            )
            monkeypatch.setattr(regions, "REGIONS", places)
            (home / "config").mkdir()
            (home / "config" / "settings.toml").write_text(f'[server]\nbase_url = "{beijing.base_url}"\n')
            async with opened(home, key="") as desktop:
                welcome = desktop.window.welcome
                assert welcome.region_choice.chosen() == "cn-beijing"
                welcome.key_field.setText(KEY)
                welcome.check_button.click()
                await eventually(lambda: "may belong to another region" in welcome.outcome.words)
                assert f"127.0.0.1:{singapore.port}" in welcome.outcome.words
                assert singapore.requests == []  # nobody has agreed to that yet
                welcome.action_triggered.emit("try_regions")
                await eventually(lambda: welcome.outcome.words == "This key belongs to another region.")
                assert [request.method for request in (*beijing.requests, *singapore.requests)] == ["GET", "GET"]
                welcome.action_triggered.emit("region:ap-southeast-1")
                await eventually(lambda: desktop.window.page == "empty")
                assert desktop.engine.base_url == singapore.base_url
                assert desktop.engine.keys.profile == f"127.0.0.1:{singapore.port}"
        settings = tomllib.loads((home / "config" / "settings.toml").read_text())
        assert settings["server"]["base_url"] == singapore.base_url

    run(scenario(), timeout_s=30)
