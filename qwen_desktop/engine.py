"""Everything below the faces, built once per process: settings and keys to providers that can be asked.

The window (`app.py`) and the terminal (`ask.py`) each build one Engine and hand its parts on.  No Qt, and nothing heavy
is imported before it is needed: the first window paints without HTTP, keychain or catalogue.
"""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

from qwen_desktop.core.errors import ApiKeyMissing, ApiKeyStoreError, ApiKeyStoreUnavailable
from qwen_desktop.core.settings import accounts
from qwen_desktop.core.settings import file as settings_file
from qwen_desktop.core.settings.accounts import Account

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Mapping, Sequence

    from qwen_desktop.core.chat.attachment import Attachment
    from qwen_desktop.core.chat.cap import Cap
    from qwen_desktop.core.chat.parameters import Parameters
    from qwen_desktop.core.chat.price import Price
    from qwen_desktop.core.chat.turns import Asking
    from qwen_desktop.core.credentials.api_keys import ApiKeys, ApiKeyStore
    from qwen_desktop.core.errors import SettingsInvalid
    from qwen_desktop.core.paths import AppPaths
    from qwen_desktop.core.providers.catalogue import Abilities, ListedModel
    from qwen_desktop.core.providers.connection_check import Outcome, Step
    from qwen_desktop.core.providers.learned import LearnedModels
    from qwen_desktop.core.providers.nearby import NearbyServer
    from qwen_desktop.core.providers.picture_links import PictureLinks
    from qwen_desktop.core.providers.regions import Region
    from qwen_desktop.core.providers.reply_stream import HttpProvider
    from qwen_desktop.core.providers.servers import Server
    from qwen_desktop.core.providers.transport import Transport
    from qwen_desktop.core.settings.settings import NetworkSettings, Settings
    from qwen_desktop.core.storage.attachments import AttachmentStore, MemoryAttachmentStore
    from qwen_desktop.demo.server import DemoServer

BASE_URL_VARIABLE = "QWEN_DESKTOP_BASE_URL"


class Engine:
    """Settings, keys, transport and demo of one process.  Belongs to one loop."""

    def __init__(
        self,
        paths: AppPaths,
        *,
        environment: Mapping[str, str] | None = None,
        keychain: ApiKeyStore | None = None,
        base_url: str = "",
        demo_pace: float = 1.0,
    ) -> None:
        """`base_url` overrides environment and settings.  `keychain` None: the system's own."""
        self._environment = os.environ if environment is None else environment
        self.paths = paths
        self.settings, self.settings_notices = self._load_settings()
        self._settings_in_file = self.settings
        """As they were last read or written: what was not changed since is the file's own business."""
        self._given_base_url = base_url or self._environment.get(BASE_URL_VARIABLE, "")
        self._keychain = keychain
        self._keys: ApiKeys | None = None
        self._transport: Transport | None = None
        self._known_keys: set[str] = set()
        self._learned: LearnedModels | None = None
        self._attachments: AttachmentStore | MemoryAttachmentStore | None = None
        self._links: PictureLinks | None = None
        self._own_prices: tuple[object, Mapping[str, Price]] | None = None
        if self.settings.prices:
            self.settings_notices += self._read_own_prices()
        self._demo: DemoServer | None = None
        self._demo_pace = demo_pace
        self._starting_demo: asyncio.Lock | None = None
        self.use_demo_without_key = False
        """Where nobody can be asked for a key, the demo answers without being chosen."""

    def _load_settings(self) -> tuple[Settings, list[SettingsInvalid]]:
        return settings_file.load(self.paths.settings)

    @property
    def keys(self) -> ApiKeys:
        """Made when it is first asked for."""
        if self._keys is None:
            from qwen_desktop.core.credentials.api_keys import ApiKeys, EnvironmentApiKey

            self._keys = ApiKeys(
                self.account.profile,
                keychain=self._keychain or _system_keychain(),
                environment=EnvironmentApiKey(self._environment),
            )
            self._tell_keys()
        return self._keys

    def _tell_keys(self) -> None:
        """Which account's key is to be looked up, and which of them the environment's key is for: Alibaba's, and those
        that were set beside it, on the command line or by hand.  It is not sent to whatever else is listed."""
        assert self._keys is not None
        for account in accounts.accounts(self.settings):
            is_listed = account.id in self.settings.accounts
            self._keys.set_takes_environment(account.profile, takes=not is_listed or _is_alibabas(account.base_url))
        if self.is_base_url_given:
            self._keys.set_takes_environment(self.account.profile, takes=True)
        self._keys.use_profile(self.account.profile)

    @property
    def base_url(self) -> str:
        """Address of the service in use, as the user wrote it; checked when it is asked."""
        return self._given_base_url or self.settings.server.base_url

    @property
    def account(self) -> Account:
        """Who is asked now.  An address given from outside is an account of its own, with no other's key."""
        if not self._given_base_url:
            return accounts.in_use(self.settings)
        from qwen_desktop.core.credentials.api_key import profile_of

        chat = self.settings.chat
        host = profile_of(self._given_base_url)
        return Account(host, "", self._given_base_url, "", chat.protocol, chat.model)

    @property
    def account_host(self) -> str:
        """Host and port of the service in use, as it is shown."""
        return self._host or self.base_url

    @property
    def needs_key(self) -> bool:
        """The service in use cannot be asked without one."""
        return self._needs_key()

    def _needs_key(self, protocol: str = "") -> bool:
        """A server that is not Alibaba's may do without: on this computer, and where the user listed it."""
        if self._server(protocol).is_dashscope:
            return True
        is_listed = not self.is_base_url_given and self.settings.server.account in self.settings.accounts
        return not (is_listed or _is_near(self.base_url))

    @property
    def is_base_url_given(self) -> bool:
        """Set from outside for this run: the settings do not count."""
        return bool(self._given_base_url)

    @property
    def is_demo(self) -> bool:
        """The built-in demo answers: it was chosen, and no key is known."""
        from qwen_desktop.core.credentials.api_keys import KeyOrigin

        if self.is_base_url_given or self.keys.origin is not KeyOrigin.NONE:
            return False
        is_own = self.settings.server.account in self.settings.accounts and not _is_alibabas(self.base_url)
        return not is_own and (self.settings.server.demo or self.use_demo_without_key)

    def change(self, settings: Settings) -> None:
        """Uses other settings from the next request on.  Does not save them."""
        self.settings = settings
        if self._keys is None:
            _ = self.keys
        else:
            self._tell_keys()
        if self._transport is not None:
            self._transport.configure(settings.network)

    async def save_settings(self) -> None:
        """Raises StorageUnavailable; the settings are in force all the same."""
        import asyncio

        settings = self.settings
        await asyncio.to_thread(settings_file.save, self.paths.settings, settings, self._settings_in_file)
        self._settings_in_file = settings

    # Whom to ask

    async def asking(
        self,
        model_id: str,
        thinking: bool | None,
        *,
        system_prompt: str = "",
        protocol: str = "",
        continue_after_cut: str = "",
        parameters: Parameters | None = None,
        search: bool = False,
        attachments: Sequence[Attachment] = (),
    ) -> Asking:
        """A provider for one turn, with what this model can take.  `protocol` overrides the settings, and so does
        `continue_after_cut`: 'never', or 'auto', which consents to whatever it costs, up to the monthly cap.
        `parameters` None: those set for this model in the settings.

        `attachments`: the prompt's pictures.

        Raises RequestRefused for a parameter out of its range, a search that cannot be had, and pictures for a model
        that sees none ('no_vision') or more of them than one request holds: then nothing was written down or sent."""
        from qwen_desktop.core.chat.context import check_system_prompt
        from qwen_desktop.core.chat.continuation import ContinuationPolicy
        from qwen_desktop.core.chat.pictures import check_pictures
        from qwen_desktop.core.chat.price import input_cny
        from qwen_desktop.core.chat.turn import RetryPolicy
        from qwen_desktop.core.chat.turns import Asking
        from qwen_desktop.core.errors import RequestRefused
        from qwen_desktop.core.settings.models import parameters_of

        is_demo = self.is_demo
        if is_demo:
            provider = self._provider(await self._demo_url(), "native", needs_key=False, account=None)
        else:
            chosen = protocol or self.settings.chat.protocol
            spoken = chosen if self.server.has_native else "compatible"
            provider = self._provider(self.base_url, spoken, needs_key=self._needs_key(spoken), account=self.account)
        known = self.abilities(model_id)
        wanted = parameters_of(self.settings.models, model_id) if parameters is None else parameters
        wanted.check()
        if search and not (self._server(protocol).is_dashscope and known.may_search):
            raise RequestRefused("the model is not known to search; nothing was sent", reason="no_search")
        check_pictures(attachments, sees_pictures=known.may_see)
        check_system_prompt(system_prompt, known.input_limit)
        price = self.price(model_id)
        return Asking(
            provider,
            model_id,
            thinking=thinking,
            parameters=wanted,
            is_demo=is_demo,
            search=search,
            system_prompt=system_prompt,
            max_input_tokens=known.input_limit,
            reasoning_of=model_id if known.wants_reasoning else "",
            sees_pictures=known.may_see,
            policy=RetryPolicy(max_retries=self.settings.network.max_retries),
            continuation=ContinuationPolicy(
                is_automatic=(continue_after_cut or self.settings.chat.continue_after_cut) == "auto",
                has_consent=is_demo or continue_after_cut == "auto",
                takes_partial=lambda: provider.takes_partial(model_id),
                input_cny=lambda tokens: input_cny(tokens, price),
                most_cny=self.settings.chat.continue_up_to_cny,
            ),
            price=price,
            cap=None if is_demo else self.cap,
            account="" if is_demo else self.account.profile,
        )

    async def title_asking(self, model_id: str, account: str) -> Asking | None:
        """Who is asked for the title of a chat with that model of that account (see `Asking.account`); None: nobody.

        That is so without the user's word for it, in the demo, when another account is in use by now, since the chat
        went to no other, and for models that think in any case."""
        from qwen_desktop.core.providers import catalogue

        if not self.settings.chat.title_by_model or self.is_demo or account != self.account.profile:
            return None
        asked = catalogue.title_model(model_id, self.server)
        known = self.abilities(asked)
        if known.thinking is catalogue.Thinking.ALWAYS or known.takes_one_prompt:
            return None
        return await self.asking(asked, False)

    @property
    def server(self) -> Server:
        """What kind of server is in use, as far as its address tells."""
        return self._server()

    def _server(self, protocol: str = "") -> Server:
        """The same, spoken to by another protocol than the one in the settings."""
        from qwen_desktop.core.errors import ConnectionFailed
        from qwen_desktop.core.providers.addresses import parse_base_url
        from qwen_desktop.core.providers.servers import CHINA, COMPATIBLE, server_at

        if self.is_demo:
            return CHINA
        try:
            found = server_at(parse_base_url(self.base_url), self.account.make)
        except ConnectionFailed:  # told of when it is asked
            return COMPATIBLE
        return CHINA if found == COMPATIBLE and (protocol or self.settings.chat.protocol) == "native" else found

    def abilities(self, model_id: str) -> Abilities:
        """What the model in use can do at the server in use: by the catalogue, and by what its answers showed."""
        from qwen_desktop.core.providers import catalogue

        known = catalogue.abilities(model_id, self.server)
        learned = None if self.is_demo else self.learned.get((self._host, model_id))
        return known if learned is None else learned.abilities(known)

    def can_search(self, model_id: str) -> bool:
        """The model is known to search the web where it is asked: whether to offer that."""
        return self.server.is_dashscope and self.abilities(model_id).search is True

    def price(self, model_id: str) -> Price | None:
        """What the model costs at the server in use; None: not known, or the demo.  A price of one's own goes first;
        a server of one's own is free without one."""
        from qwen_desktop.core.chat.price import FREE
        from qwen_desktop.core.providers import catalogue

        if self.is_demo:
            return None
        found = catalogue.price(model_id, self.server, self.own_prices)
        return FREE if found is None and self.server.is_own else found

    @property
    def own_prices(self) -> Mapping[str, Price]:
        """The user's own, by model id, as the settings give them; what cannot be used of them is left out."""
        if self._own_prices is None or self._own_prices[0] is not self.settings.prices:
            self._read_own_prices()
        assert self._own_prices is not None
        return self._own_prices[1]

    def _read_own_prices(self) -> list[SettingsInvalid]:
        from qwen_desktop.core.chat.price import own_prices

        prices, notices = own_prices(self.settings.prices)
        self._own_prices = self.settings.prices, prices
        return notices

    @property
    def cap(self) -> Cap | None:
        """What a month may cost; None: no cap."""
        from decimal import Decimal

        from qwen_desktop.core.chat.cap import Cap

        limits = self.settings.limits
        return Cap(Decimal(str(limits.monthly_cap)), limits.currency) if limits.monthly_cap else None

    @property
    def can_list_models(self) -> bool:
        """The server in use can be asked for its list without asking anybody first: a key is known, or none is needed.

        Nothing is to be asked in the demo: it answers as any model."""
        from qwen_desktop.core.credentials.api_keys import KeyOrigin

        return not self.is_demo and (self.keys.origin is not KeyOrigin.NONE or not self._needs_key())

    @property
    def is_on_this_computer(self) -> bool:
        """A model server of the user's own, on this computer."""
        return self.server.is_own and _is_near(self.base_url)

    async def listed_models(self) -> tuple[ListedModel, ...]:
        """What the server in use lists for chats, in the catalogue's order, with what each can do.  Free of charge.

        Raises ProviderError.  The demo answers as any model: its list is the app's own suggestions."""
        import asyncio

        from qwen_desktop.core.providers import catalogue
        from qwen_desktop.core.providers.catalogue import ListedModel
        from qwen_desktop.core.providers.model_list import list_models, offerable

        account, server, host, learned = self.account, self.server, self._host, None
        if self.is_demo:
            ids: Sequence[str] = catalogue.suggested_model_ids()
        else:
            learned = self.learned
            needs_key = self._needs_key()
            key = await self._key_value(account.profile, needs_key=needs_key)
            ids = await list_models(
                self.transport, account.base_url, key, needs_key=needs_key, server=_said(account, server)
            )
        # Beside the loop: a thousand ids take longer than a frame.  Another account may be in use by now.
        listed = await asyncio.to_thread(catalogue.merged, offerable(ids), server)
        taught = {} if learned is None else {one.id: learned.get((host, one.id)) for one in listed}
        return tuple(
            ListedModel(one.id, known.abilities(one.abilities)) if (known := taught.get(one.id)) else one
            for one in listed
        )

    @property
    def learned(self) -> LearnedModels:
        """What answers showed of models; read when it is first asked for."""
        if self._learned is None:
            from qwen_desktop.core.providers.learned import LearnedModels

            self._learned = LearnedModels(self.paths.learned_models)
        return self._learned

    @property
    def attachments(self) -> AttachmentStore | MemoryAttachmentStore:
        """Where pictures are kept."""
        if self._attachments is None:
            from qwen_desktop.core.storage.attachments import AttachmentStore

            self._attachments = AttachmentStore(self.paths.attachments)
        return self._attachments

    def keep_pictures_in_memory(self) -> None:
        """Nothing of them is written to the disk.  To be called before the first is kept."""
        from qwen_desktop.core.storage.attachments import MemoryAttachmentStore

        self._attachments = MemoryAttachmentStore()

    @property
    def _picture_links(self) -> PictureLinks:
        if self._links is None:
            from qwen_desktop.core.providers.picture_links import PictureLinks

            self._links = PictureLinks()
        return self._links

    @property
    def _host(self) -> str:
        from qwen_desktop.core.errors import ConnectionFailed
        from qwen_desktop.core.providers.addresses import parse_base_url

        try:
            return parse_base_url(self.base_url).host_and_port
        except ConnectionFailed:
            return ""

    def _provider(self, base_url: str, protocol: str, *, needs_key: bool, account: Account | None) -> HttpProvider:
        """For one turn.  `account` None: the demo, which is asked without a key, and teaches nothing.

        The key is looked up at each attempt, always that of this account: another one may be in use by then."""
        from functools import partial

        from qwen_desktop.core.providers.compatible import CompatibleProvider
        from qwen_desktop.core.providers.dashscope import DashScopeProvider

        make = CompatibleProvider if protocol == "compatible" else DashScopeProvider
        return make(
            self.transport,
            base_url=base_url,
            api_key=_no_key if account is None else partial(self._key_value, account.profile, needs_key=needs_key),
            needs_key=needs_key,
            memory=None if account is None else self.learned,
            server=None if account is None else _said(account, self._server(protocol)),
            pictures=self.attachments.read,
            links=None if account is None else self._picture_links,
        )

    @property
    def transport(self) -> Transport:
        if self._transport is None:
            from qwen_desktop.core.providers.transport import Transport

            self._transport = Transport(self.settings.network)
        return self._transport

    def warm(self) -> None:
        """A prompt is being written: its connection to the service is opened meanwhile, and nothing is sent on it.

        Call it on the loop at each change of the text: the connection stays for 4 s after the last one.  Does nothing
        for the demo, over plain http, or while no key is known; the keychain is not opened for it."""
        from qwen_desktop.core.credentials.api_keys import KeyOrigin
        from qwen_desktop.core.errors import ConnectionFailed
        from qwen_desktop.core.providers.addresses import parse_base_url

        if self.is_demo or self.keys.origin is KeyOrigin.NONE:
            return
        try:
            address = parse_base_url(self.base_url)
        except ConnectionFailed:  # told of when it is asked
            return
        self.transport.warm(address)

    async def _key_value(self, profile: str, *, needs_key: bool = True) -> str | None:
        """`needs_key` False: where the keychain gives none, for whatever reason, the server is asked without one."""
        try:
            key = await self.keys.current(profile)
        except ApiKeyStoreError as error:
            if not needs_key:
                return None
            if not isinstance(error, ApiKeyStoreUnavailable) or error.reason == "denied":
                raise
            raise ApiKeyMissing(error.detail) from error  # a machine without a keychain has no key in it
        if key is None:
            return None
        if key.value not in self._known_keys:
            from qwen_desktop.core.logs import redactor

            self._known_keys.add(key.value)
            redactor.register(key.value)  # should it ever come near a log line
        return key.value

    async def _demo_url(self) -> str:
        import asyncio

        if self._starting_demo is None:
            self._starting_demo = asyncio.Lock()
        async with self._starting_demo:
            if self._demo is None:
                from qwen_desktop.demo.server import DemoServer

                demo = DemoServer(pace=self._demo_pace)
                await demo.start()
                self._demo = demo
        return self._demo.base_url

    # Keys and regions

    async def forget_keys(self) -> None:
        """Every key the app has kept: of the account in use, of all others, and of the regions.

        Raises ApiKeyStoreError; those before it are forgotten then.  A system without a keychain has kept none."""
        from qwen_desktop.core.credentials.api_key import profile_of
        from qwen_desktop.core.providers.regions import REGIONS
        from qwen_desktop.core.settings.accounts import accounts

        profiles = [self.account.profile, *(account.profile for account in accounts(self.settings))]
        profiles += [profile_of(region.base_url) for region in REGIONS]
        for profile in dict.fromkeys(profiles):
            try:
                await self.keys.forget(profile)
            except ApiKeyStoreUnavailable as error:
                if error.reason == "denied":
                    raise

    def region_url(self, region_id: str) -> str:
        """Where a key of this region is asked; '' and a server given from outside: the one in use."""
        from qwen_desktop.core.providers.regions import REGIONS

        if self.is_base_url_given:
            return self.base_url
        return next((region.base_url for region in REGIONS if region.id == region_id), self.base_url)

    async def check_key(self, value: str, region_id: str) -> None:
        """Asks for the model list, which is free.  Raises ProviderError."""
        from qwen_desktop.core.credentials.api_keys import clean_api_key
        from qwen_desktop.core.providers.model_list import list_models

        url = self.region_url(region_id)
        server = _said(self.account, self.server) if url == self.base_url else None
        await list_models(self.transport, url, clean_api_key(value).value, server=server)

    async def check_connection(self, on_step: Callable[[Step], None]) -> Outcome:
        """Goes the way to the service once and says which step fails: a free request, and a look into the keychain."""
        from qwen_desktop.core.errors import ApiKeyRejected
        from qwen_desktop.core.providers.connection_check import Outcome, Step, check_connection

        account, server = self.account, self.server
        key: str | None = None
        try:
            key = await self._key_value(account.profile, needs_key=self.needs_key)
        except ApiKeyMissing:
            pass
        except (ApiKeyStoreError, ApiKeyRejected) as error:
            return Outcome(Step.KEY, error, 0, "")
        return await check_connection(
            self.settings.network,
            account.base_url,
            key,
            needs_key=self.needs_key,
            server=_said(account, server),
            model_id=self.settings.chat.model,
            on_step=on_step,
        )

    async def check_account(
        self, account: Account, key: str, network: NetworkSettings, on_step: Callable[[Step], None]
    ) -> Outcome:
        """The same for an account that is being written.  `key` '': the one that is kept for this very account and
        host, if there is one.  `network` may have hosts the user has agreed to meanwhile."""
        from qwen_desktop.core.credentials.api_keys import clean_api_key
        from qwen_desktop.core.errors import ApiKeyRejected, ConnectionFailed
        from qwen_desktop.core.providers.addresses import parse_base_url
        from qwen_desktop.core.providers.connection_check import Outcome, Step, check_connection
        from qwen_desktop.core.providers.servers import server_at

        try:
            address = parse_base_url(account.base_url)
            server = server_at(address, account.make)
            needs_key = server.is_dashscope or account.protocol == "native"
            value = clean_api_key(key).value if key else await self._kept_key(account, needs_key)
        except ConnectionFailed as error:
            return Outcome(Step.NAME, error, 0, "")
        except (ApiKeyStoreError, ApiKeyRejected) as error:
            return Outcome(Step.KEY, error, 0, "")
        if needs_key and not value:  # nothing to be learned that is worth a request
            return Outcome(Step.KEY, ApiKeyMissing(host=address.host_and_port), 0, "")
        return await check_connection(
            network, account.base_url, value, needs_key=needs_key, server=server, on_step=on_step
        )

    async def _kept_key(self, account: Account, needs_key: bool) -> str | None:
        if account.profile != self.account.profile:
            self.keys.set_takes_environment(account.profile, takes=_is_alibabas(account.base_url))
        try:
            return await self._key_value(account.profile, needs_key=needs_key)
        except ApiKeyMissing:
            return None

    async def find_nearby(self) -> list[NearbyServer]:
        """Servers on the usual ports of this computer.  The user asked for it."""
        from qwen_desktop.core.providers.nearby import find_nearby

        return await find_nearby(self.transport)

    def regions_to_try(self, value: str, base_url: str = "") -> tuple[Region, ...]:
        """The service's other regions that a key may belong to which was refused; none for a server of another kind."""
        from qwen_desktop.core.providers.connection_check import regions_to_try

        return regions_to_try(base_url or self.base_url, value)

    async def regions_that_know(self, value: str, base_url: str = "") -> list[Region]:
        """Those of them that accept the key, which is sent to all of them: only after the user agreed.  `value` '': the
        key of the account in use."""
        from qwen_desktop.core.credentials.api_keys import clean_api_key
        from qwen_desktop.core.providers.connection_check import try_regions

        asked = base_url or self.base_url
        key = clean_api_key(value).value if value else await self._key_value(self.account.profile) or ""
        return await try_regions(self.transport, self.regions_to_try(key, asked), key)

    def use_region(self, region_id: str) -> None:
        """The region whose key was accepted answers from now on (nothing changes for a server given from outside)."""
        url = self.region_url(region_id)
        if url != self.base_url:
            self.change(replace(self.settings, server=replace(self.settings.server, base_url=url)))

    async def close(self) -> None:
        """Ends all connections and the demo."""
        if self._transport is not None:
            await self._transport.aclose()
        if self._demo is not None:
            await self._demo.close()


def _system_keychain() -> ApiKeyStore:
    from qwen_desktop.core.credentials.keyring_store import KeyringApiKeyStore

    return KeyringApiKeyStore()


async def _no_key() -> None:
    """The demo is asked without one."""


def _is_near(base_url: str) -> bool:
    """A server on this computer; an address that cannot be used is told of when it is asked."""
    from qwen_desktop.core.errors import ConnectionFailed
    from qwen_desktop.core.providers.addresses import parse_base_url

    try:
        return parse_base_url(base_url).is_loopback
    except ConnectionFailed:
        return False


def _is_alibabas(base_url: str) -> bool:
    """A host of the service itself, or what stands for a region of it.  Not every host of Alibaba Cloud: functions and
    buckets of its customers have such names, too."""
    import re

    from qwen_desktop.core.errors import ConnectionFailed
    from qwen_desktop.core.providers.addresses import parse_base_url
    from qwen_desktop.core.providers.regions import region_of

    try:
        host = parse_base_url(base_url).host.removesuffix(".")
        is_service = re.fullmatch(r"(.+\.)?(dashscope[a-z0-9-]*|maas)\.aliyuncs\.com", host) is not None
        return is_service or region_of(base_url.rstrip("/")) is not None
    except ConnectionFailed:
        return False


def _said(account: Account, server: Server) -> Server | None:
    """The server, if the user said of what make it is."""
    return server if account.make else None
