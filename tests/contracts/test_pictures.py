"""Pictures as the product really sends them, to a service that looks at each: bodies, uploads, refusals, repairs."""

from __future__ import annotations

import asyncio
import base64
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from qwen_desktop.core.chat.attachment import Attachment
from qwen_desktop.core.chat.message import Role
from qwen_desktop.core.errors import (
    ConnectionFailed,
    ProtocolViolated,
    ProviderError,
    RequestRefused,
    ServiceUnavailable,
    StorageUnavailable,
)
from qwen_desktop.core.images.prepare import PreparedImage, prepare
from qwen_desktop.core.protocol.picture_parts import encoded, filled, refuses_pictures
from qwen_desktop.core.providers import catalogue, exchange
from qwen_desktop.core.providers.base import ReplyRequest, RequestMessage
from qwen_desktop.core.providers.learned import Learned
from qwen_desktop.core.providers.picture_links import LIFE_S, PictureLinks
from qwen_desktop.core.providers.request_pictures import MOST_INLINE_BYTES
from qwen_desktop.core.providers.servers import CHINA
from qwen_desktop.core.providers.transport import Transport
from qwen_desktop.core.storage.attachments import MemoryAttachmentStore
from qwen_desktop.core.words import describe
from qwen_desktop.demo.frames import encode_json
from qwen_desktop.demo.wire import Response
from tests.conftest import eventually
from tests.contracts.test_requests_are_accepted import MODEL_IDS, ONLY_NATIVE, product_and_service
from tests.faults.outcome import Outcome, drain, network, provider_of
from tests.faults.server import FaultServer
from tests.picture_store import DENIED, ORDER
from tests.strict_models import ModelRules, rules_of
from tests.strict_service import TEXT
from tests.unit.images.pictures import drawing, photo, saved
from tests.yardstick import Busy

Run = Callable[..., None]
PROTOCOLS = ("native", "compatible")

store = MemoryAttachmentStore()
PNG = store.put(prepare(saved(drawing(), "PNG"), "drawing.png"))
JPEG = store.put(prepare(saved(photo(), "JPEG"), "photo.jpg"))


def _large() -> list[Attachment]:
    """Two that are too large together, quickly made: noise in PNG, which the app itself would not send."""
    found = []
    for _ in range(2):
        noise = Image.merge("RGB", [Image.effect_noise((1200, 1000), 120) for _ in range(3)])
        data = saved(noise, "PNG", compress_level=0)
        found.append(store.put(PreparedImage(data, "image/png", 1200, 1000)))
    return found


LARGE = _large()


def prompt(*attachments: Attachment, text: str = "What is this?") -> ReplyRequest:
    return ReplyRequest("qwen3.7-plus", (RequestMessage(Role.USER, text, attachments=attachments),))


def options(links: PictureLinks | None = None) -> dict[str, Any]:
    return {"pictures": store.read, "links": links if links is not None else PictureLinks()}


# --- bodies


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_every_model_that_sees_is_sent_pictures_once(run: Run, protocol: str) -> None:
    """In the prompt and before it; catalogue and service agree on who sees."""
    conversation = (
        RequestMessage(Role.SYSTEM, "Be brief."),
        RequestMessage(Role.USER, "And this?", attachments=(JPEG,)),
        RequestMessage(Role.ASSISTANT, "A photo."),
        RequestMessage(Role.USER, "", attachments=(PNG, JPEG)),
    )

    async def scenario() -> None:
        async with product_and_service(protocol, provider_options=options()) as (provider, service):
            for model_id in MODEL_IDS:
                rules, known = rules_of(model_id), catalogue.abilities(model_id)
                assert rules is not None
                assert known.vision is None or rules.path == "either" or known.vision is rules.sees_pictures, model_id
                if (
                    not known.may_see
                    or not known.is_chat
                    or (protocol == "compatible" and model_id.startswith(ONLY_NATIVE))
                ):
                    continue
                service.requests.clear()
                outcome = await drain(provider.stream(ReplyRequest(model_id, conversation, False)))
                assert outcome.error is None, (model_id, outcome.error.detail)
                assert [post.refusal for post in service.posts] == [None], model_id
                assert outcome.text == TEXT

    run(scenario(), timeout_s=60.0)


BODIES = {
    "native": [
        [{"text": "Be brief."}],
        [{"image": "P"}, {"text": "And this?"}],
        [{"text": "A photo."}],
        [{"image": "P"}, {"image": "J"}],
    ],
    "compatible": [
        "Be brief.",
        [{"type": "image_url", "image_url": {"url": "P"}}, {"type": "text", "text": "And this?"}],
        "A photo.",
        [{"type": "image_url", "image_url": {"url": "P"}}, {"type": "image_url", "image_url": {"url": "J"}}],
    ],
}


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_the_parts_of_a_body(run: Run, protocol: str) -> None:
    messages = (
        RequestMessage(Role.SYSTEM, "Be brief."),
        RequestMessage(Role.USER, "And this?", attachments=(PNG,)),
        RequestMessage(Role.ASSISTANT, "A photo."),
        RequestMessage(Role.USER, "", attachments=(PNG, JPEG)),
    )

    async def scenario() -> None:
        async with product_and_service(protocol, provider_options=options()) as (provider, service):
            await drain(provider.stream(ReplyRequest("qwen3-vl-plus", messages)))
            body = service.posts[0].body
            sent = str([one["content"] for one in body.get("input", body)["messages"]])
            for name, attachment in (("P", PNG), ("J", JPEG)):
                encoded = base64.b64encode(store.read(attachment)).decode()
                sent = sent.replace(f"data:{attachment.media_type};base64,{encoded}", name)
            assert sent == str(BODIES[protocol])
            assert "x-dashscope-ossresourceresolve" not in service.posts[0].headers

    run(scenario())


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_words_that_look_like_a_picture_stay_words(run: Run, protocol: str) -> None:
    """Texts may hold what stands in a body while its pictures are on their way into it."""
    mark = f"data:image/png;base64,picture:{PNG.digest}"
    texts = [mark, f'"image":"{mark}"', f'{{"url":"{mark}"}}', f'\\"image":"{mark}']
    messages = [RequestMessage(Role.USER, text, attachments=(PNG,)) for text in texts]

    async def scenario() -> None:
        async with product_and_service(protocol, provider_options=options()) as (provider, service):
            await drain(provider.stream(ReplyRequest("qwen3-vl-plus", tuple(messages))))
            (post,) = service.posts
            assert post.refusal is None
            contents = [one["content"] for one in post.body.get("input", post.body)["messages"]]
            assert [content[-1]["text"] for content in contents] == texts

    run(scenario())


@given(st.binary(max_size=5000))
def test_pieces_of_a_picture_are_its_base64(data: bytes) -> None:
    assert b"".join(encoded(data)) == base64.b64encode(data)
    assert filled(b'{"image":"data:image/png;base64,picture:%b"}' % (b"a" * 64), {"a" * 64: encoded(data)}) == (
        b'{"image":"data:image/png;base64,%b"}' % base64.b64encode(data)
    )


# --- who sees


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_an_unknown_model_is_tried_once_and_remembered(run: Run, protocol: str) -> None:
    """Refused: no second generation without the pictures.  Accepted: it sees."""
    models = {"new-text": ModelRules("text", "no"), "new-eyes": ModelRules("multimodal", "no")}

    async def scenario() -> None:
        memory: dict[tuple[str, str], Learned] = {}
        async with product_and_service(protocol, memory=memory, provider_options=options(), more_models=models) as (
            provider,
            service,
        ):
            seen = []
            for model_id in models:
                request = ReplyRequest(model_id, prompt(PNG).messages)
                outcome = await drain(provider.stream(request))
                seen.append((type(outcome.error), getattr(outcome.error, "reason", None), outcome.text))
            assert seen == [(RequestRefused, "no_vision", ""), (type(None), None, TEXT)]
            assert len(service.posts) == 2
            learned = {model_id: found.vision for (_, model_id), found in memory.items()}
            assert learned == {"new-text": False, "new-eyes": True}

    run(scenario())


@pytest.mark.parametrize(
    ("status", "message", "refuses"),
    [
        (400, "input content must be a string", True),
        (400, "url error, please check url!", True),
        (400, "This model does not support image input", True),
        (500, "image input is not supported - hint: if this is unexpected, you may need to provide the mmproj", True),
        (400, "image_url is only supported by certain models", True),
        (400, "llama-server: unknown variant `image_url`, expected `text`", True),
        (400, "registry.ollama.ai/library/llama3 does not support images", True),
        (400, "Failed to decode the image during the data inspection.", False),
        (400, "The image length and width do not meet the model restrictions.", False),
        (400, "Failed to download multimodal content", False),
        (429, "image requests are not supported right now", False),
        (401, "unsupported image key", False),
        (503, "image service unsupported", False),
        (400, "Range of input length should be [1, 30720]", False),
    ],
)
def test_words_that_say_that_a_model_sees_nothing(status: int, message: str, refuses: bool) -> None:
    assert refuses_pictures(code="InvalidParameter", message=message, status=status) is refuses


# --- uploads


def uploaded(
    run: Run, *requests: ReplyRequest, before: Callable[[Any, int], None] = lambda *_: None, **given: Any
) -> list[tuple[Outcome, Any]]:
    """Each request's outcome, with the service."""
    outcomes: list[tuple[Outcome, Any]] = []

    async def scenario() -> None:
        async with product_and_service("native", provider_options=options(**given)) as (provider, service):
            for number, request in enumerate(requests):
                before(service, number)
                outcomes.append((await drain(provider.stream(request)), service))

    run(scenario(), timeout_s=30.0)
    return outcomes


def test_large_pictures_are_uploaded_once_and_linked_to(run: Run) -> None:
    assert sum(one.size_bytes for one in LARGE) * 4 / 3 > MOST_INLINE_BYTES
    (first, service), (second, _) = uploaded(run, prompt(*LARGE), prompt(*LARGE, text="And now?"))
    assert (first.error, second.error, first.text) == (None, None, TEXT)
    assert service.store.policies == ["qwen3.7-plus"]
    assert [one.file for one in service.store.posts] == [store.read(one) for one in LARGE]
    for upload, attachment in zip(service.store.posts, LARGE, strict=True):
        assert upload.fields == ORDER
        assert upload.media_type == attachment.media_type
        assert upload.file_name == upload.key.rpartition("/")[2]
    assert len(service.posts) == 2
    for post in service.posts:
        links = [part["image"] for part in post.body["input"]["messages"][0]["content"][:2]]
        assert links == [f"oss://{upload.key}" for upload in service.store.posts]
        assert post.headers["x-dashscope-ossresourceresolve"] == "enable"


def test_the_key_and_names_of_files_stay_out_of_the_store(run: Run) -> None:
    named = [store.put(PreparedImage(store.read(one), one.media_type, 1200, 1000, "secret name.png")) for one in LARGE]
    ((outcome, service),) = uploaded(run, prompt(*named))
    assert outcome.error is None
    for upload in service.store.posts:
        assert "authorization" not in upload.headers
        assert service.api_key.encode() not in upload.body
        assert service.api_key not in str(upload.headers)
        assert b"secret name" not in upload.body


def test_dead_links_are_uploaded_anew_once(run: Run) -> None:
    """One repair, before anything of a reply; the dead request was refused, so no generation is made twice."""

    def kill(service: Any, number: int) -> None:
        if number == 1:
            service.store.kill_links()

    _, (second, service) = uploaded(run, prompt(*LARGE), prompt(*LARGE), before=kill)
    assert (second.error, second.text) == (None, TEXT)
    assert len(service.store.posts) == 4
    assert [post.refusal is None for post in service.posts] == [True, False, True]


def test_links_that_stay_dead_are_told(run: Run) -> None:
    class Forgetful(frozenset[str]):
        def __contains__(self, link: object) -> bool:
            return False

    def forget(service: Any, _: int) -> None:
        service.store.links_for = lambda model_id: Forgetful()

    ((outcome, service),) = uploaded(run, prompt(*LARGE), before=forget)
    assert isinstance(outcome.error, RequestRefused)
    assert outcome.error.reason == "picture_unreachable"
    assert len(service.posts) == 2
    assert len(service.store.posts) == 4


def test_links_are_for_one_model_one_account_and_46_hours() -> None:
    at = [1_000_000.0]
    links = PictureLinks(now=lambda: at[0])
    place = links.place("host", "model", "sk-one")
    assert b"sk-one" not in place.account
    links.keep(place, "digest", "oss://a")
    assert links.find(links.place("host", "model", "sk-one"), "digest") == "oss://a"
    for other in (("host", "model", "sk-two"), ("host", "other", "sk-one"), ("elsewhere", "model", "sk-one")):
        assert links.find(links.place(*other), "digest") is None
    at[0] += LIFE_S - 1
    assert links.find(place, "digest") == "oss://a"
    at[0] += 2
    assert links.find(place, "digest") is None
    at[0] = 0.0
    assert links.find(place, "digest") is None


@pytest.mark.parametrize(
    ("answer", "error", "reason", "may_retry"),
    [
        (DENIED, RequestRefused, "upload", False),
        (Response(500, b"<Error><Code>InternalError</Code></Error>"), ServiceUnavailable, "upload", True),
        (Response(503, b""), ServiceUnavailable, "upload", True),
        (
            Response(307, b"", headers=(("location", "https://elsewhere.example/"),)),
            ProtocolViolated,
            "redirect",
            False,
        ),
    ],
)
def test_a_store_that_refuses_is_told(
    run: Run, answer: Response, error: type[ProviderError], reason: str, may_retry: bool
) -> None:
    ((outcome, service),) = uploaded(
        run, prompt(*LARGE), before=lambda service, _: service.store.answers.append(answer)
    )
    assert type(outcome.error) is error
    assert outcome.error is not None
    assert (outcome.error.reason, outcome.error.safe_to_resend) == (reason, may_retry)
    assert outcome.error.host == service.store.base_url.removeprefix("http://")
    assert service.posts == [], "no generation was asked for"
    assert describe(outcome.error).sentence


@pytest.mark.parametrize(
    "host",
    [
        "http://store.example",
        "ftp://127.0.0.1",
        "https://user:word@store.example",
        "https://",
        "",
        "javascript:alert(1)",
    ],
)
def test_a_store_that_is_not_safe_gets_nothing(run: Run, host: str) -> None:
    ((outcome, service),) = uploaded(
        run, prompt(*LARGE), before=lambda service, _: setattr(service.store, "upload_host", host)
    )
    assert isinstance(outcome.error, ProtocolViolated)
    assert (outcome.error.reason, service.store.posts, service.posts) == ("upload", [], [])


@pytest.mark.parametrize("field", ["upload_host", "upload_dir", "policy", "signature", "oss_access_key_id"])
def test_a_policy_that_repeats_the_key_is_not_followed(run: Run, field: str) -> None:
    """Else the key would go to the store, into the host a notice names, or into the history with the link."""

    def repeat(service: Any, _: int) -> None:
        data = {
            "policy": "p",
            "signature": "s",
            "upload_dir": "d",
            "upload_host": service.store.base_url,
            "oss_access_key_id": "x",
        }
        data[field] = f"https://{service.api_key}.example" if field == "upload_host" else service.api_key.upper()
        service.store.policy = lambda *_: Response(200, encode_json({"data": data}))

    ((outcome, service),) = uploaded(run, prompt(*LARGE), before=repeat)
    assert isinstance(outcome.error, ProtocolViolated)
    assert (outcome.error.reason, service.store.posts, service.posts) == ("upload", [], [])
    assert service.api_key not in repr(vars(outcome.error)).lower()


def test_a_store_out_of_reach_may_be_tried_again(run: Run) -> None:
    ((outcome, service),) = uploaded(
        run, prompt(*LARGE), before=lambda service, _: setattr(service.store, "upload_host", "http://127.0.0.1:9")
    )
    assert isinstance(outcome.error, ConnectionFailed)
    assert (outcome.error.safe_to_resend, service.posts) == (True, [])


def test_a_picture_larger_than_the_policy_allows_is_told(run: Run) -> None:
    ((outcome, service),) = uploaded(
        run, prompt(*LARGE), before=lambda service, _: setattr(service.store, "max_file_size_mb", 1)
    )
    assert isinstance(outcome.error, RequestRefused)
    assert (outcome.error.reason, service.store.posts, service.posts) == ("upload", [], [])


def test_without_a_place_for_uploads_they_are_data_urls(run: Run) -> None:
    """A gateway that knows the generation path alone; and the compatible protocol, always."""

    def hide(service: Any, _: int) -> None:
        service.store.policy = lambda *_: Response(404, b'{"code":"NotFound","message":"Not found."}')

    ((outcome, service),) = uploaded(run, prompt(*LARGE), before=hide)
    assert (outcome.error, outcome.text, service.store.posts) == (None, TEXT, [])

    async def scenario() -> None:
        async with product_and_service("compatible", provider_options=options()) as (provider, compatible):
            assert (await drain(provider.stream(prompt(*LARGE)))).text == TEXT
            assert [request.method for request in compatible.requests] == ["POST"]

    run(scenario(), timeout_s=30.0)


def test_a_picture_that_is_gone_is_told_before_anything_is_sent(run: Run) -> None:
    gone = Attachment("0" * 64, "image/png", 1000, 30, 30)

    async def scenario() -> None:
        async with product_and_service("native", provider_options=options()) as (provider, service):
            with pytest.raises(StorageUnavailable) as caught:
                await anext(aiter(provider.stream(prompt(gone))))
            assert (caught.value.reason, service.requests) == ("attachment_missing", [])

    run(scenario())


@pytest.mark.parametrize("during", ["policy", "upload", "reading"])
def test_a_stop_during_the_upload_is_obeyed_at_once(run: Run, during: str) -> None:
    async def scenario() -> None:
        reached, read_on = threading.Event(), threading.Event()
        stalled = asyncio.Event()

        async def stall(*_: Any) -> Response:
            reached.set()
            await stalled.wait()
            return Response(200, b"")

        def slow(attachment: Attachment) -> bytes:
            reached.set()
            time.sleep(0.5)
            return store.read(attachment)

        given = options() | ({"pictures": slow} if during == "reading" else {})
        async with product_and_service("native", provider_options=given) as (provider, service):
            if during == "policy":
                service._http.handler = stall
            elif during == "upload":
                service.store._http.handler = stall
            stream = provider.stream(prompt(*LARGE))
            task = asyncio.ensure_future(drain(stream))
            await eventually(reached.is_set)
            busy, began_at = Busy(), time.monotonic()
            task.cancel()
            await asyncio.wait([task])
            assert time.monotonic() - began_at < 0.1 + busy.seconds()
            assert (task.cancelled(), service.posts, stream.sent) == (True, [], None)
            stalled.set()
            read_on.set()

    run(scenario(), timeout_s=30.0)


def test_a_large_body_has_longer_to_arrive(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """The headers of its response are late only after what the slowest of networks needs."""
    monkeypatch.setattr(exchange, "_SLOWEST_UPLOAD_BYTES_PER_S", 10_000_000)
    took_s = []

    async def scenario() -> None:
        async with FaultServer("no-response", "compatible") as server:
            for pictures in ([PNG], LARGE):
                transport = Transport(network(headers_timeout_s=0.4))
                provider = provider_of("compatible", transport, server.base_url, pictures=store.read)
                stream = provider.stream(prompt(*pictures))
                outcome = await drain(stream)
                took_s.append(time.monotonic() - stream.last_data_at)
                assert isinstance(outcome.error, ConnectionFailed)
                assert outcome.error.reason == "headers_timeout"
                await transport.aclose()

    run(scenario())
    assert took_s[1] > 0.8, "four tenths of a second, and one for each further 10 MB"


def test_a_model_known_to_see_is_not_taken_for_blind(run: Run) -> None:
    """Its refusal may be about this picture."""
    memory: dict[tuple[str, str], Learned] = {}
    blind = {"qwen3-vl-plus": ModelRules("multimodal", "off", sees=False)}

    async def scenario() -> None:
        async with product_and_service("native", memory=memory, provider_options=options(), more_models=blind) as (
            provider,
            service,
        ):
            outcome = await drain(provider.stream(ReplyRequest("qwen3-vl-plus", prompt(PNG).messages, False)))
            assert isinstance(outcome.error, RequestRefused)
            assert outcome.error.reason != "no_vision"
            assert (len(service.posts), memory) == (1, {})

    run(scenario())


def test_the_catalogue_names_a_model_that_sees() -> None:
    assert catalogue.abilities(catalogue.VISION_MODEL, CHINA).vision is True
    assert catalogue.VISION_MODEL in describe(RequestRefused(reason="no_vision")).sentence
