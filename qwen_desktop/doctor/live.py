"""`doctor --live`: a handful of tiny requests, with consent and the user's own key, to a report of its ways.

They are sent one after the other and never a second time.  The report holds headers, framing and names of fields; no
text of a reply, no key, and request ids only in part.  It is printed, and goes nowhere else.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from qwen_desktop.core.errors import (
    ApiKeyMissing,
    ApiKeyRejected,
    ApiKeyStoreUnavailable,
    ConnectionFailed,
    ProviderError,
    QwenDesktopError,
)
from qwen_desktop.core.paths import AppPaths
from qwen_desktop.core.words import describe, set_language, system_language, tr
from qwen_desktop.doctor import show_anything
from qwen_desktop.doctor.live_observation import Observation, StreamReader, headers_told
from qwen_desktop.doctor.live_probes import Probe, probes, questions
from qwen_desktop.engine import Engine

if TYPE_CHECKING:
    from collections.abc import Callable

    from qwen_desktop.core.providers.addresses import Address

REQUEST_S = 30.0
"""How long one of them may take."""
NO_CONSENT, REFUSED, STOPPED = 2, 1, 130


def run(*, is_json: bool = False, has_consent: bool = False) -> int:
    """Ask, send, print.  0 when all were sent; 2 without consent, 3 for the key, 4 no connection, 130 Ctrl-C."""
    engine = Engine(AppPaths.find())
    set_language(system_language(engine.settings.appearance.language))
    show_anything()
    observations: list[Observation] = []
    try:
        if not has_consent and (code := _ask_for_consent(engine)) is not None:
            return code
        with asyncio.Runner() as runner:
            runner.run(_send_all(engine, observations))
    except KeyboardInterrupt:
        _say(tr("Stopped."))
        _print(observations, is_json=is_json)
        return STOPPED
    except QwenDesktopError as error:
        _print(observations, is_json=is_json)
        _say(describe(error).sentence)
        if isinstance(error, ApiKeyMissing | ApiKeyRejected):
            return 3
        return 4 if isinstance(error, ConnectionFailed) else 1
    _print(observations, is_json=is_json)
    return 0


def _ask_for_consent(engine: Engine) -> int | None:
    """None: the user agrees; else the exit code."""
    from qwen_desktop.doctor.network import without_password

    count = len(probes())
    _say(
        tr(
            "This sends {count} tiny requests to {address} with your own API key, one after the other. Together they "
            "cost less than a cent. A report is printed; it holds no key and no text of a reply and goes nowhere.",
            count=count,
            address=without_password(engine.base_url),
        )
    )
    if sys.stdin is None or not sys.stdin.isatty():
        _say(tr("There is no terminal to ask on: add --yes if you agree."))
        return NO_CONSENT
    print(tr("Send them? [y/N]"), end=" ", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() in ("y", "yes", "是"):
        return None
    _say(tr("Nothing was sent."))
    return REFUSED


async def _send_all(engine: Engine, observations: list[Observation]) -> None:
    """Fills `observations` as they come.  Raises QwenDesktopError when going on would be of no use."""
    from qwen_desktop.core.logs import redactor
    from qwen_desktop.core.providers.addresses import parse_base_url

    forget: Callable[[], None] = lambda: None  # noqa: E731
    try:
        address = parse_base_url(engine.base_url)
        try:
            api_key = await engine.keys.current()
        except ApiKeyStoreUnavailable as error:  # a machine without a keychain has no key in it
            raise ApiKeyMissing(error.detail) from error
        if api_key is None:
            raise ApiKeyMissing
        forget = redactor.register(api_key.value)
        for number, probe in enumerate(probes(), start=1):
            _say(f"{number}/{len(probes())} {probe.name}")
            observation = Observation(probe.name)
            observations.append(observation)
            await _send(engine, address, api_key.value, probe, observation)
            if observation.status == 401:
                raise ApiKeyRejected(host=address.host_and_port)
            if observation.status == 429:  # it was asked to wait: what it said is the answer to one of the questions
                return
    finally:
        forget()
        await engine.close()


async def _send(engine: Engine, address: Address, api_key: str, probe: Probe, told: Observation) -> None:
    """One request and what it shows.  Raises ConnectionFailed."""
    from qwen_desktop.core.providers.exchange import BodyBroken, Exchange
    from qwen_desktop.core.shareable import shareable

    exchange = Exchange(engine.transport, address, api_key=api_key)
    began_at = time.monotonic()
    try:
        headers, body = probe.wire()
        response = await exchange.send(probe.method, probe.path, headers, body)
        told.status = response.status_code
        told.headers = headers_told(response.headers, shareable)
        told.tls = _tls_of(response.extensions.get("network_stream"))
        told.clock_ahead_s = _clock_ahead_s(response.headers.get("date", ""))
        exchange.deadline.at = began_at + REQUEST_S
        reader = StreamReader(told)
        heard_at = began_at
        while not reader.is_done:
            chunk = await exchange.read()
            now = time.monotonic()
            if not chunk:
                told.end = "closed by the service" if told.frames else ""
                break
            if told.first_data_s is None:
                told.first_data_s = now - began_at
            told.longest_pause_s = max(told.longest_pause_s, now - heard_at)
            heard_at = now
            reader.feed(chunk)
            if probe.closes_early and told.frames:
                told.end = "closed by us"
                break
        reader.close()
    except TimeoutError:
        told.end = "time"
    except BodyBroken:
        told.end = "broken"
    except ProviderError as error:
        told.failure = f"{error.kind} {error.reason}".strip()
        if isinstance(error, ConnectionFailed):
            raise
    finally:
        told.seconds = time.monotonic() - began_at
        told.scrub(shareable)
        await exchange.aclose()


def _tls_of(stream: object) -> str:
    """Version and cipher of the connection; '' for one without TLS."""
    get = getattr(stream, "get_extra_info", None)
    tls = get("ssl_object") if get is not None else None
    if tls is None:
        return ""
    cipher = tls.cipher()
    return f"{tls.version()} {cipher[0] if cipher else ''}".strip()[:60]


def _clock_ahead_s(date: str) -> float | None:
    try:
        return time.time() - parsedate_to_datetime(date).timestamp()
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def _print(observations: list[Observation], *, is_json: bool) -> None:
    if is_json:
        print(
            json.dumps(
                {"questions": _answers(observations), "requests": [one.as_dict() for one in observations]}, indent=2
            )
        )
        return
    if not observations:
        return
    for number, answer in enumerate(_answers(observations), start=1):
        print(f"{number}. {answer['question']}\n   {answer['answer']}")
    for one in observations:
        print(f"\n[{one.probe}]")
        for name, value in one.as_dict().items():
            if name != "probe":
                print(f"  {name}: {_shown(value)}")
    ahead = [one.clock_ahead_s for one in observations if one.clock_ahead_s is not None]
    if ahead and abs(ahead[0]) > 60:
        print("\n" + tr("This computer's clock differs from the service's by {seconds} s.", seconds=f"{ahead[0]:+.0f}"))


def _answers(observations: list[Observation]) -> list[dict[str, str]]:
    """Each question with where its answer stands."""
    sent = {one.probe: one for one in observations}
    limited = [one.probe for one in observations if one.status == 429]
    answers = []
    for number, question in enumerate(questions()):
        seen = [name for name in question.probes if name in sent] or (limited if number == 0 else [])
        if seen:
            answer = tr("see below: {names}", names=", ".join(f"{name} ({_summary(sent[name])})" for name in seen))
        elif question.why_not is not None:
            answer = question.why_not()
        else:
            answer = tr("not reached")
        answers.append({"question": question.ask(), "answer": answer})
    return answers


def _summary(told: Observation) -> str:
    if told.status is None:
        return told.failure or "?"
    codes = [line.rpartition('"')[0].rpartition('"')[2] for line in told.first if ': "' in line and "code" in line]
    return ", ".join(
        [str(told.status), *codes[:1], *([tr("{count} frames", count=told.frames)] if told.frames else [])]
    )


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return "".join(f"\n    {name}: {inner}" for name, inner in value.items())
    if isinstance(value, list):
        return "; ".join(map(str, value))
    return str(value)


def _say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)
