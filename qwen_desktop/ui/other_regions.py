"""A refused key to the words and buttons about other regions it may belong to: tried only if the user agrees."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qwen_desktop.core.words import listed, tr
from qwen_desktop.ui.notices import NoticeAction

if TYPE_CHECKING:
    from collections.abc import Iterable

    from qwen_desktop.core.providers.regions import Region

TRY_REGIONS = "try_regions"
_USE_REGION = "region:"


def try_regions() -> NoticeAction:
    """The button that tries them."""
    return NoticeAction(TRY_REGIONS, tr("Try the other regions"), is_primary=True)


def regions_sentence(hosts: Iterable[str]) -> str:
    """That the key may belong elsewhere, and where it would be sent to find that out."""
    shown = listed(host.removeprefix("https://").removeprefix("http://") for host in hosts)
    return tr(
        "It may belong to another region. Trying them sends it to these hosts of Alibaba Cloud: {hosts}.", hosts=shown
    )


def regions_found(regions: Iterable[Region]) -> tuple[str, list[NoticeAction]]:
    """What trying them showed, and what can be done about it: see `region_in`."""
    actions = [
        NoticeAction(f"{_USE_REGION}{region.id}", tr("Use {region}", region=region.name), is_primary=True)
        for region in regions
    ]
    if not actions:
        return tr("No other region accepts this key either. Check it, or make a new one."), []
    return tr("This key belongs to another region."), actions


def region_in(action: str) -> str:
    """The id of the region that the action of a button is to use; '' for another button's."""
    return action.removeprefix(_USE_REGION) if action.startswith(_USE_REGION) else ""
