"""The regions of the service: where each answers, and where its keys are made.

Keys are bound to their region; elsewhere they are rejected.  Sources (2026-11-23):
https://www.alibabacloud.com/help/en/model-studio/base-url.  The console pages were not opened, since they need an
account: check them when an account is at hand.
"""

from __future__ import annotations

from dataclasses import dataclass

from qwen_desktop.core.settings.settings import BEIJING
from qwen_desktop.core.words import tr

_CHINA_CONSOLE = "https://bailian.console.aliyun.com/?tab=model#/api-key"
_INTERNATIONAL_CONSOLE = "https://modelstudio.console.alibabacloud.com/?tab=model#/api-key"


@dataclass(frozen=True, slots=True)
class Region:
    """One region."""

    id: str
    base_url: str
    console_url: str
    """Where a person makes a key."""

    @property
    def name(self) -> str:
        """In the user's language."""
        match self.id:
            case "cn-beijing":
                return tr("China (Beijing)")
            case "ap-southeast-1":
                return tr("Singapore")
            case "us-east-1":
                return tr("US (Virginia)")
            case _:
                return tr("China (Hong Kong)")


REGIONS: tuple[Region, ...] = (
    Region("cn-beijing", BEIJING, _CHINA_CONSOLE),
    Region("ap-southeast-1", "https://dashscope-intl.aliyuncs.com", _INTERNATIONAL_CONSOLE),
    Region("us-east-1", "https://dashscope-us.aliyuncs.com", _INTERNATIONAL_CONSOLE),
    Region("cn-hongkong", "https://cn-hongkong.dashscope.aliyuncs.com", _INTERNATIONAL_CONSOLE),
)
"""The default first."""


def region_of(base_url: str) -> Region | None:
    """The region that answers at `base_url` (as `addresses.parse_base_url` writes it); None for any other service."""
    return next((region for region in REGIONS if region.base_url == base_url), None)
