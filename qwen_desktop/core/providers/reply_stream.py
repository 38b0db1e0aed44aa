"""④ A request to the stream of its reply: one generation, its deadlines and limits, and every way in which it can end.

One user action is one POST.  A generation is billed when the service read it, so nothing here connects again: the only
second one is the repair of one that was refused for a parameter or a dead link, before anything of a reply came.  A
reply is finished when the service says so, not when the socket closes, and one that was cut is an error with its text
kept.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import ClassVar, Self

from qwen_desktop.core.chat.delta import (
    Citations,
    Delta,
    Finished,
    ReasoningDelta,
    TextDelta,
    TextReplaced,
    ToolCallDelta,
)
from qwen_desktop.core.chat.message import SentRequest, Usage
from qwen_desktop.core.errors import (
    ApiKeyMissing,
    ApiKeyRejected,
    ConnectionFailed,
    ProtocolViolated,
    ProviderError,
    ReplyInterrupted,
    RequestRefused,
    ServiceUnavailable,
)
from qwen_desktop.core.protocol.chunks import Chunks, ErrorFrame
from qwen_desktop.core.protocol.picture_parts import filled, names_dead_link, refuses_pictures
from qwen_desktop.core.protocol.request_body import WireOptions, WireRequest, refuses_partial, repair
from qwen_desktop.core.protocol.sent_request import record
from qwen_desktop.core.protocol.sse import EventTooLarge, SSEDecoder
from qwen_desktop.core.providers.addresses import Address, parse_base_url
from qwen_desktop.core.providers.base import ReplyRequest, ReplyStream
from qwen_desktop.core.providers.catalogue import Thinking, abilities
from qwen_desktop.core.providers.content_encoding import BadEncoding, Inflater
from qwen_desktop.core.providers.error_body import ErrorWords
from qwen_desktop.core.providers.exchange import BodyBroken, Exchange
from qwen_desktop.core.providers.failures import clean_word, from_words, request_id_of
from qwen_desktop.core.providers.learned import ModelMemory, remember_facts, remember_wire
from qwen_desktop.core.providers.picture_links import PictureLinks
from qwen_desktop.core.providers.request_pictures import ReadPicture, RequestPictures, no_pictures
from qwen_desktop.core.providers.responses import check_is_stream
from qwen_desktop.core.providers.servers import CHINA, Server, server_at
from qwen_desktop.core.providers.transport import Transport

ApiKeySource = Callable[[], Awaitable[str | None]]
"""Asked once per attempt, so that a key changed meanwhile is used; None when none is stored."""

MAX_REPLY_BYTES = 32 * 1024 * 1024
"""Of text, reasoning and tool calls, in UTF-8."""
MAX_STREAM_BYTES = 256 * 1024 * 1024
"""Of decoded body: frames are many times larger than the text in them, and a cumulative stream repeats it."""
MAX_REPLACED_BYTES = 64 * 1024 * 1024
"""Of text and reasoning that take the place of what was there: small frames can do that to a large reply, each time it
is written and laid out anew."""
_WORDS = (TextDelta, ReasoningDelta)
_USAGE_GRACE_S = 1.0
"""How long a finished reply waits for its usage, where the protocol sends that last."""
_LARGE_PROMPT_CHARACTERS = 256 * 1024
"""Up to 1 MB of body; a larger one is built on a worker thread."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """What is particular to one protocol."""

    build: Callable[[ReplyRequest, WireOptions, Mapping[str, str]], WireRequest]
    """The last argument: the URL of each picture by its digest."""
    read: Callable[[bool], Chunks]
    """A reader for one stream; its argument says whether frames are cumulative."""
    usage_comes_last: bool
    """After the finish come usage and `[DONE]`; else the frame that finishes is the last."""
    is_dashscope: bool = False
    """Only the service itself speaks it, whatever the address."""
    uploads_pictures: bool = False
    """Large ones go as links."""


@dataclass(frozen=True, slots=True)
class Service:
    """Who is asked, and as whom."""

    transport: Transport
    base_url: str
    api_key: ApiKeySource
    needs_key: bool = True
    """False for servers of one's own: without a key the request goes without one."""
    memory: ModelMemory = field(default_factory=dict)
    server: Server | None = None
    """What the user said of its make; None: as far as the address tells."""
    pictures: ReadPicture = no_pictures
    links: PictureLinks | None = None
    """Where uploads are remembered; None: nothing is uploaded."""


class HttpProvider:
    """Generates replies in one dialect at `base_url`; see `base.Provider`.  A subclass names its dialect."""

    dialect: ClassVar[Dialect]

    def __init__(
        self,
        transport: Transport,
        *,
        base_url: str,
        api_key: ApiKeySource,
        needs_key: bool = True,
        memory: ModelMemory | None = None,
        server: Server | None = None,
        pictures: ReadPicture = no_pictures,
        links: PictureLinks | None = None,
    ) -> None:
        """`pictures` reads those that go along; `links`: large ones may be uploaded, and are remembered there."""
        memory = {} if memory is None else memory
        self._service = Service(transport, base_url, api_key, needs_key, memory, server, pictures, links)

    def stream(self, request: ReplyRequest, *, on_sent: Callable[[], None] | None = None) -> ReplyStream:
        return HttpReplyStream(self._service, self.dialect, request, on_sent)

    def takes_partial(self, model_id: str) -> bool | None:
        """Whether the model is known to continue a reply that broke off; learned from its refusals, too."""
        try:
            address = parse_base_url(self._service.base_url)
        except ConnectionFailed:
            return None
        learned = self._service.memory.get((address.host_and_port, model_id))
        if learned is not None and learned.partial is not None:
            return learned.partial
        return abilities(model_id, _server_of(self._service, self.dialect, address)).partial


def _server_of(service: Service, dialect: Dialect, address: Address) -> Server:
    if service.server is not None:
        return service.server
    found = server_at(address)
    return CHINA if dialect.is_dashscope and not found.is_dashscope else found


async def key_of(service: Service, host: str) -> str | None:
    """The key to send, checked to be one that a header can carry.  Raises ApiKeyMissing, ApiKeyRejected."""
    api_key = await service.api_key()
    if not api_key:
        if service.needs_key:
            raise ApiKeyMissing(host=host)
        return None
    if not api_key.isascii() or not api_key.isprintable() or " " in api_key:
        raise ApiKeyRejected("the key holds characters that no key has", host=host)
    return api_key


class HttpReplyStream:
    """One generation; see `base.ReplyStream`."""

    def __init__(
        self, service: Service, dialect: Dialect, request: ReplyRequest, on_sent: Callable[[], None] | None = None
    ) -> None:
        self.last_data_at = time.monotonic()
        self._service = service
        self._dialect = dialect
        self._request = request
        self._on_sent = on_sent
        self._network = service.transport.network
        self._server = CHINA
        self._options: WireOptions | None = None
        self._catalogue_options: WireOptions | None = None
        """Before anything was learned."""
        self._wire: WireRequest | None = None
        self._record: SentRequest | None = None
        """Of `_wire`."""
        self._pictures = RequestPictures(request, service.pictures, service.links if dialect.uploads_pictures else None)
        self._is_repaired = False
        self._exchange: Exchange | None = None
        self._host = ""
        self._api_key: str | None = None
        self._header_request_id: str | None = None
        self._inflater: Inflater | None = None
        self._pieces: Iterator[bytes] = iter(())
        self._begin_reading(is_cumulative=False)
        self._is_closed = False

    def _begin_reading(self, *, is_cumulative: bool) -> None:
        self._decoder = SSEDecoder(json_lines=True)
        self._chunks = self._dialect.read(is_cumulative)
        self._stream_bytes = 0
        self._reply_bytes = 0
        self._replaced_bytes = 0
        self._has_reasoning = False
        self._has_sources = False
        self._has_events = False
        """An event of a reply came; from then on nothing is refused any more."""
        self._is_finished = False
        self._is_over = False
        self._failure: ProviderError | None = None
        """Raised once the deltas before it were given."""

    @property
    def usage(self) -> Usage | None:
        return self._chunks.usage

    @property
    def request_id(self) -> str | None:
        return clean_word(self._chunks.request_id or "", self._api_key) or self._header_request_id

    @property
    def finish_reason(self) -> str | None:
        reason = self._chunks.finish_reason
        return None if reason is None else clean_word(reason, self._api_key)

    @property
    def is_done(self) -> bool:
        return self._chunks.is_done

    @property
    def sent(self) -> SentRequest | None:
        return self._record if self._exchange is not None and self._exchange.sending_began else None

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Sequence[Delta]:
        if self._is_closed:
            raise StopAsyncIteration
        try:
            while not self._is_closed:
                try:
                    if self._exchange is None:
                        self._exchange = await self._open()
                    return await self._read_deltas(self._exchange)
                except ProviderError as error:
                    if self._is_closed:
                        break
                    if self._refuses_partial(error):
                        raise self._without_partial(error) from error
                    if self._refuses_pictures(error):
                        raise self._without_vision(error) from error
                    if not await self._may_repair(error):
                        if self._is_repaired and error.safe_to_resend:
                            self._remember()  # the next attempt is not to be refused for the same again
                        raise
                    if self._exchange is not None:
                        await self._exchange.aclose()
                        self._exchange = None
            raise StopAsyncIteration
        except BaseException:
            await self.aclose()
            raise

    async def aclose(self) -> None:
        """Close the socket, whatever the other side does; a second call does nothing."""
        self._is_closed = True
        await self._pictures.aclose()
        if self._exchange is not None:
            await self._exchange.aclose()

    # From the request to the head of its response.

    async def _open(self) -> Exchange:
        service, model_id = self._service, self._request.model_id
        address = parse_base_url(service.base_url)
        host = self._host = address.host_and_port
        if self._options is None:
            self._request.parameters.check()
            self._server = _server_of(service, self._dialect, address)
            self._options = self._catalogue_options = WireOptions.for_model(model_id, self._server)
            if (learned := service.memory.get((host, model_id))) is not None:
                self._options = learned.wire_options(self._options)
        options = self._options
        self._api_key = await key_of(service, host)
        wire = self._wire = self._wire or await self._build(options)
        self._begin_reading(is_cumulative=options.is_cumulative)
        exchange = Exchange(service.transport, address, on_sent=self._on_sent, api_key=self._api_key)
        self._exchange = exchange
        self.last_data_at = time.monotonic()
        try:
            response = await exchange.send("POST", wire.path, wire.headers, wire.body)
            self._header_request_id = request_id_of(response.headers, self._api_key)
            self._inflater = await check_is_stream(exchange, response, host=host, api_key=self._api_key)
        except BaseException:
            await exchange.aclose()
            raise
        exchange.deadline.at = time.monotonic() + self._network.first_event_timeout_s
        return exchange

    async def _build(self, options: WireOptions) -> WireRequest:
        continued = len(self._request.continues or "")
        is_large = sum(len(message.text) for message in self._request.messages) + continued > _LARGE_PROMPT_CHARACTERS
        address = parse_base_url(self._service.base_url)
        urls = await self._pictures.urls(self._service.transport, address, self._api_key)
        if is_large or urls:
            wire, self._record = await asyncio.to_thread(self._make, options, urls)
        else:
            wire, self._record = self._make(options, urls)
        return wire

    def _make(self, options: WireOptions, urls: Mapping[str, str]) -> tuple[WireRequest, SentRequest]:
        wire = self._dialect.build(self._request, options, urls)
        template, pictures = wire.body, self._pictures.encoded
        wire = replace(wire, body=filled(template, pictures))
        url = parse_base_url(self._service.base_url).base_url + wire.path
        headers = {**wire.headers, "Accept-Encoding": "identity"}
        return wire, record(
            url,
            headers,
            wire.body,
            self._request,
            has_key=self._api_key is not None,
            template=template,
            pictures={digest: sum(map(len, pieces)) for digest, pieces in pictures.items()},
        )

    async def _may_repair(self, error: ProviderError) -> bool:
        """Whether the refusal named something that can be asked otherwise; then `_options` are the new ones.

        One that would change nothing in this request is no repair."""
        if self._has_events or self._wire is None or self._options is None or not isinstance(error, RequestRefused):
            return False
        if error.reason == "too_long" and error.limit:
            remember_facts(self._service.memory, self._key, max_input_tokens=error.limit)
        if self._is_repaired:
            return False
        if self._pictures.are_links and names_dead_link(code=error.provider_code, message=error.detail):
            self._pictures.forget_links()
            self._wire, self._is_repaired = await self._build(self._options), True
            return True
        repaired = repair(self._options, code=error.provider_code, message=error.detail, status=error.status)
        if repaired is None:
            return False
        wire = await self._build(repaired)
        if wire == self._wire:
            return False
        self._is_repaired, self._options, self._wire = True, repaired, wire
        return True

    def _refuses_pictures(self, error: ProviderError) -> bool:
        """Nothing came, and the words of the refusal are about pictures as such; they are never dropped in silence.

        A model that is known to see may say the same of a picture that is broken."""
        if not self._pictures or self._has_events or not isinstance(error, RequestRefused | ServiceUnavailable):
            return False
        if abilities(self._request.model_id, self._server).vision is True:
            return False
        return refuses_pictures(code=error.provider_code, message=error.detail, status=error.status)

    def _without_vision(self, error: ProviderError) -> RequestRefused:
        """What is known from now on of this model, and how the turn hears of it."""
        remember_facts(self._service.memory, self._key, vision=False)
        return _with_reason("no_vision", error)

    def _refuses_partial(self, error: ProviderError) -> bool:
        """Nothing came, and the words of the refusal are about the reply that was to be continued."""
        if self._request.continues is None or self._has_events or self._options is None:
            return False
        if not isinstance(error, RequestRefused | ServiceUnavailable) or error.reason not in ("", "parameters"):
            return False
        return refuses_partial(code=error.provider_code, message=error.detail, status=error.status)

    def _without_partial(self, error: ProviderError) -> RequestRefused:
        """What is known from now on of this model, and how the turn hears of it."""
        remember_facts(self._service.memory, self._key, partial=False)
        return _with_reason("no_partial", error)

    # From bytes to deltas.

    async def _read_deltas(self, exchange: Exchange) -> list[Delta]:
        while not self._is_over:
            piece = b""
            why_it_ended: Callable[[], ProviderError] = self._ended
            try:
                piece = await (exchange.read() if self._inflater is None else self._read_inflated(exchange))
            except TimeoutError:
                why_it_ended = self._stalled
            except BodyBroken as error:
                why_it_ended = partial(self._broken, error)
            except BadEncoding as error:
                why_it_ended = partial(self._badly_encoded, error)
            deltas = self._feed(piece, exchange)
            if not piece:
                self._end(why_it_ended())
            elif not deltas and time.monotonic() > exchange.deadline.at:  # comments come, but nothing of the reply
                self._end(self._stalled())
            if deltas:
                return deltas
        if self._failure is not None:
            raise self._failure
        raise StopAsyncIteration

    async def _read_inflated(self, exchange: Exchange) -> bytes:
        """Decoded bytes in pieces of bounded size; b'' at the end of the body."""
        assert self._inflater is not None
        while (piece := next(self._pieces, None)) is None:
            chunk = await exchange.read()
            if not chunk:
                return b""
            self._pieces = self._inflater.feed(chunk)
        await exchange.breathe()
        return piece

    def _feed(self, piece: bytes, exchange: Exchange) -> list[Delta]:
        """b'' is the end of the body, where a last frame may lack its line end."""
        self._stream_bytes += len(piece)
        deltas: list[Delta] = []
        try:
            events = self._decoder.feed(piece) if piece else self._decoder.close()
            for event in events:
                deltas += self._chunks.feed(event)
                self._has_events = True
                self._wire = None  # not asked again: a large prompt need not be kept
                self._pictures.let_go()
            if events:
                self.last_data_at = time.monotonic()
                if not self._is_finished:
                    exchange.deadline.at = self.last_data_at + self._network.idle_timeout_s
        except ErrorFrame as frame:
            self._fail(self._failure_of(frame))
        except EventTooLarge as error:
            self._fail(self._past_limit(str(error)))
        if deltas:
            deltas = self._measured(deltas, exchange)
        if self._chunks.is_done:
            self._end(None)
        elif self._stream_bytes > MAX_STREAM_BYTES and not self._is_finished:
            self._fail(self._past_limit(f"more than {MAX_STREAM_BYTES} bytes of stream"))
        if self._is_repaired and self._has_events:
            self._remember()
        return deltas

    @property
    def _key(self) -> tuple[str, str]:
        return self._host, self._request.model_id

    def _remember(self) -> None:
        if self._options is not None and self._catalogue_options is not None:
            remember_wire(self._service.memory, self._key, self._catalogue_options, self._options)

    def _learn_thinking(self) -> None:
        """Reasoning came: that a model can think is seen, or that its switch does nothing here."""
        said = None if self._options is None else self._options.thinking_of(self._request)
        known = abilities(self._request.model_id, self._server).thinking
        if said is False:
            remember_facts(self._service.memory, self._key, thinking=Thinking.ALWAYS)
        elif said is True and known is Thinking.UNKNOWN:
            remember_facts(self._service.memory, self._key, thinking=Thinking.ON)

    def _measured(self, deltas: list[Delta], exchange: Exchange) -> list[Delta]:
        """`deltas` up to the finish or the limit."""
        for position, delta in enumerate(deltas):
            if isinstance(delta, _WORDS):
                self._reply_bytes += _size(delta.text)
                self._has_reasoning = self._has_reasoning or isinstance(delta, ReasoningDelta)
            elif isinstance(delta, Citations):
                self._has_sources = True
            elif isinstance(delta, ToolCallDelta):
                self._reply_bytes += _size(delta.arguments) + _size(delta.name) + 1
            elif isinstance(delta, TextReplaced):
                self._reply_bytes = _size(delta.text) + _size(delta.reasoning)
                self._replaced_bytes += self._reply_bytes
                if self._replaced_bytes > MAX_REPLACED_BYTES:
                    self._fail(self._past_limit(f"more than {MAX_REPLACED_BYTES} bytes replaced"))
                    return deltas[:position]
            elif isinstance(delta, Finished):
                deltas[position] = Finished(clean_word(delta.reason, self._api_key))
                return deltas[: position + self._finish(exchange)]
            if self._reply_bytes > MAX_REPLY_BYTES:
                self._fail(self._past_limit(f"more than {MAX_REPLY_BYTES} bytes of reply"))
                return deltas[:position]
        return deltas

    def _finish(self, exchange: Exchange) -> bool:
        """The service said that the reply is finished; False when there is none, which is a failure then."""
        self._is_finished = True
        if self._has_reasoning:
            self._learn_thinking()
        if self._has_sources and abilities(self._request.model_id, self._server).search is None:
            remember_facts(self._service.memory, self._key, search=True)
        if self._pictures and abilities(self._request.model_id, self._server).vision is None:
            remember_facts(self._service.memory, self._key, vision=True)
        if self._dialect.usage_comes_last:
            exchange.deadline.at = time.monotonic() + _USAGE_GRACE_S
        else:
            self._end(None)
        return self._reply_bytes > 0

    # How it ends.

    def _fail(self, failure: ProviderError) -> None:
        """Nothing more is read; the first failure is the one that is told, after the deltas that came before it."""
        self._is_over = True
        if not self._is_finished:
            self._failure = self._failure or failure

    def _end(self, failure: ProviderError | None) -> None:
        """Nothing more is read.  `failure` counts only while the reply is not finished; an empty one is a failure."""
        self._is_over = True
        if self._failure is not None:
            return
        if not (self._is_finished or self._chunks.is_done):
            self._failure = failure
        elif not self._reply_bytes:
            self._failure = ProtocolViolated(
                f"finished ({self.finish_reason or '[DONE]'}) without text",
                reason="empty_reply",
                host=self._host,
                request_id=self.request_id,
            )

    def _cut(self, detail: str, when_empty: ProviderError, reason: str = "cut") -> ProviderError:
        """The reply ended before it was finished: `when_empty` if nothing of it had come."""
        if not self._reply_bytes:
            return when_empty
        return ReplyInterrupted(detail, reason=reason, host=self._host, request_id=self.request_id)

    def _ended(self) -> ProviderError:
        return self._cut("the stream ended", self._nothing_came())

    def _nothing_came(self) -> ProtocolViolated:
        detail = "the stream ended before anything came"
        return ProtocolViolated(detail, reason="empty_stream", host=self._host, request_id=self.request_id)

    def _stalled(self) -> ProviderError:
        detail = f"no data for {time.monotonic() - self.last_data_at:.0f} s"
        when_empty = ConnectionFailed(detail, reason="first_event_timeout", host=self._host, request_id=self.request_id)
        return self._cut(detail, when_empty, "stalled")

    def _broken(self, error: BodyBroken) -> ProviderError:
        detail = f"the connection broke ({error})"
        lost = ConnectionFailed(detail, reason="lost", host=self._host, request_id=self.request_id)
        return self._cut(detail, lost)

    def _badly_encoded(self, error: BadEncoding) -> ProviderError:
        return self._cut(str(error), ProtocolViolated(str(error), reason="encoding", host=self._host))

    def _past_limit(self, detail: str) -> ProviderError:
        too_large = ProtocolViolated(detail, reason="too_large", host=self._host, request_id=self.request_id)
        return self._cut(detail, too_large, "limit")

    def _failure_of(self, frame: ErrorFrame) -> ProviderError:
        words = ErrorWords(frame.code or "", frame.message, frame.request_id or self.request_id or "")
        return from_words(
            words,
            status=frame.status,
            host=self._host,
            something_received=self._has_events,
            api_key=self._api_key,
        )


def _with_reason(reason: str, error: ProviderError) -> RequestRefused:
    """The refusal by the name under which a turn knows what to do about it."""
    return RequestRefused(
        error.detail,
        reason=reason,
        status=error.status,
        provider_code=error.provider_code,
        request_id=error.request_id,
        host=error.host,
    )


def _size(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))
