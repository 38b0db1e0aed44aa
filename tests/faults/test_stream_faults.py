"""Each fault, on both protocols, through the provider: how it ends, what is kept, and that it is POSTed once."""

from __future__ import annotations

import asyncio

import pytest

from qwen_desktop.core.errors import REASONS
from tests.conftest import eventually
from tests.faults.frames import REQUEST_ID
from tests.faults.outcome import API_KEY, generate
from tests.faults.server import FaultServer
from tests.faults.table import CASES, FAULTS

HANG_S = 20.0


@pytest.mark.parametrize(("name", "protocol"), CASES)
async def test_fault_ends_as_listed(name: str, protocol: str) -> None:
    fault = FAULTS[name]
    async with asyncio.timeout(HANG_S), FaultServer(name, protocol) as server:
        outcome = await generate(protocol, server.base_url, fault.network)

        error = outcome.error
        assert (error.kind if error else "") == fault.kind, error
        assert outcome.text == fault.expected_text
        assert server.posts == fault.attempt_posts
        if error is None:
            assert fault.status == "complete"
            assert outcome.is_done or len(outcome.finishes) == 1
        else:
            assert error.reason == fault.reason
            assert error.reason in REASONS[type(error)]
            assert error.safe_to_resend is fault.safe_to_resend
            assert error.retry_after_s == fault.retry_after_s
            assert fault.status == ("interrupted" if fault.kind == "ReplyInterrupted" else "failed")
            if fault.provider_code:
                assert error.provider_code == fault.provider_code
            assert "<" not in error.detail, "HTML was quoted"
            assert API_KEY not in f"{error!r} {error.detail} {error.provider_code} {error.request_id}"
            assert error.host == f"127.0.0.1:{server.port}"
        await eventually(lambda: server.open_connections == 0)
    assert asyncio.all_tasks() == {asyncio.current_task()}


@pytest.mark.parametrize("protocol", ["native", "compatible"])
@pytest.mark.parametrize("name", ["400", "429", "400-sse-framed", "error-midstream", "error-first", "200-json-error"])
async def test_request_id_of_a_failure_is_told(name: str, protocol: str) -> None:
    async with FaultServer(name, protocol) as server:
        outcome = await generate(protocol, server.base_url)
    assert outcome.error is not None
    assert outcome.error.request_id == REQUEST_ID


@pytest.mark.parametrize("protocol", ["native", "compatible"])
async def test_request_id_comes_from_the_headers_when_the_body_has_none(protocol: str) -> None:
    async with FaultServer("502-html", protocol) as server:
        outcome = await generate(protocol, server.base_url)
    assert outcome.error is not None
    assert outcome.error.request_id == "header-5d0c1f0e"
