"""Accounts in the settings, in the sidebar's menu and at the first start: listed, put to use, written, removed, found.

A key goes from the form to the keychain and to the host it was entered for, and nowhere else.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, Qt, Signal
from PySide6.QtWidgets import QMenu

from qwen_desktop.core.credentials.api_keys import KeyOrigin
from qwen_desktop.core.errors import ApiKeyMissing, ApiKeyRejected, ApiKeyStoreError, ConnectionFailed, QwenDesktopError
from qwen_desktop.core.settings import accounts
from qwen_desktop.core.words import describe, listed, one_after_another, tr
from qwen_desktop.ui.account_kinds import (
    COMPATIBLE,
    account_from,
    is_key_optional,
    kind_of,
    kinds,
    programs,
    shape_of,
    short_key_words,
    title_of,
    usual_model,
)
from qwen_desktop.ui.aio import TaskOwner
from qwen_desktop.ui.controllers.links import open_link
from qwen_desktop.ui.controllers.settings import step_words
from qwen_desktop.ui.notices import NoticeAction
from qwen_desktop.ui.views.buttons import Button
from qwen_desktop.ui.views.controls import name_control

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtWidgets import QWidget

    from qwen_desktop.core.providers.connection_check import Outcome
    from qwen_desktop.core.providers.nearby import NearbyServer
    from qwen_desktop.core.settings.accounts import Account
    from qwen_desktop.engine import Engine
    from qwen_desktop.ui.controllers.keys import KeyController
    from qwen_desktop.ui.controllers.settings import SettingsController
    from qwen_desktop.ui.theme import Theme
    from qwen_desktop.ui.views.account_dialog import AccountDialog, Draft
    from qwen_desktop.ui.views.account_list import AccountRow
    from qwen_desktop.ui.views.main_window import MainWindow
    from qwen_desktop.ui.views.model_picker import ModelPicker
    from qwen_desktop.ui.views.nearby_dialog import NearbyDialog

MOST_SWITCH_CHARACTERS = 24
MOST_MODELS, MOST_ID_CHARACTERS = 500, 300
"""Of a server's list that are offered, and the longest id among them."""
_PLAIN_HTTP, _ANYWAY, _REGIONS, _USE_REGION, _SESSION = "plain_http", "anyway", "try_regions", "region:", "session_only"


class AccountsController(QObject):
    """Signals:
    used(): another account is in use, or the one in use was written anew
    key_wanted(): the key dialog is to be opened
    failed(BaseException): a bug
    """

    used = Signal()
    key_wanted = Signal()
    failed = Signal(object)

    def __init__(
        self,
        engine: Engine,
        keys: KeyController,
        settings: SettingsController,
        window: MainWindow,
        theme: Theme,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._engine = engine
        self._keys = keys
        self._settings = settings
        self._window = window
        self._theme = theme
        self._tasks = TaskOwner(self)
        self._tasks.failed.connect(self.failed)
        self._origins: dict[str, str] = {}
        """Of each profile that was looked at: a KeyOrigin, or words for why it is not known."""
        self._looking: asyncio.Task[object] | None = None
        self._work: asyncio.Task[object] | None = None
        self._editing: Account | None = None
        self._checked: tuple[Account, str] | None = None
        """What went well the last time: account and key."""
        self._agreed_hosts: tuple[str, ...] = ()
        self._found: list[NearbyServer] = []
        self.dialog: AccountDialog | None = None
        self.nearby: NearbyDialog | None = None
        self.menu: QMenu | None = None
        self._switches: dict[ModelPicker, Button] = {}
        settings.opened.connect(self.refresh)
        settings.page_shown.connect(lambda page: self.look() if page == "models" else None)
        settings.account_wanted.connect(self._on_wanted)
        settings.region_wanted.connect(self.move_to_region)
        settings.settings_changed.connect(lambda _: self.refresh())
        keys.origin_changed.connect(self._on_origin)

    # The list

    def rows(self) -> list[AccountRow]:
        """All accounts as they are shown."""
        engine = self._engine
        used = engine.account
        shown = accounts.accounts(engine.settings)
        if engine.is_base_url_given:
            shown = [used, *shown]
        return [self._row(account, is_in_use=account is used or account == used) for account in shown]

    def _row(self, account: Account, *, is_in_use: bool) -> AccountRow:
        from qwen_desktop.core.providers.addresses import parse_base_url
        from qwen_desktop.ui.views.account_list import AccountRow

        try:
            host = parse_base_url(account.base_url).host_and_port
        except ConnectionFailed:
            host = account.base_url
        origin = self._origins.get(account.profile, "")
        words = short_key_words(origin, is_optional=is_key_optional(account)) if origin else ""
        return AccountRow(account.id, title_of(account), f"{host} · {account.model}", words, is_in_use)

    def refresh(self) -> None:
        """Shows what there is now, in the dialog of the settings."""
        if self._settings.dialog is None:
            return
        note = ""
        if self._engine.is_base_url_given:
            note = tr(
                "The address was given from outside for this run, so none of these is in use until the next start."
            )
        self._settings.show_accounts(self.rows(), note)

    def look(self) -> None:
        """Finds out where each key stands; may wait for the person to unlock the keychain."""
        if self._looking is None:
            self._looking = self._tasks.start(self._look(), name="look at keys")

    async def _look(self) -> None:
        try:
            is_open = True
            for account in accounts.accounts(self._engine.settings):
                origin = "unknown"
                if is_open:  # a person who would not unlock it is not asked again for each account
                    try:
                        origin = str(await self._engine.keys.origin_of(account.profile))
                    except ApiKeyStoreError:
                        is_open = False
                self._origins[account.profile] = origin
            self.refresh()
        finally:
            self._looking = None

    def _on_origin(self, origin: str) -> None:
        self._origins[self._engine.account.profile] = origin
        self.refresh()

    def _on_wanted(self, verb: str, account_id: str) -> None:
        match verb:
            case "use":
                self.use(account_id)
            case "add":
                self.add()
            case "edit":
                self.edit(account_id)
            case "remove":
                self.remove(account_id)

    # Using and removing

    def use(self, account_id: str) -> None:
        """Another account answers from now on; what runs goes on with the one it began with."""
        settings = self._engine.settings
        if account_id in settings.accounts and account_id != accounts.in_use(settings).id:
            self._take(accounts.using(settings, accounts.account_of(settings, account_id)))

    def remove(self, account_id: str) -> None:
        """The user agreed: the account and its key are gone."""
        settings = self._engine.settings
        gone = next((one for one in accounts.accounts(settings) if one.id == account_id), None)
        if gone is None:
            return
        was_used = gone.id == accounts.in_use(settings).id
        self._tasks.start(self._forget(gone.profile), name="forget key")
        self._settings.change(accounts.without(settings, account_id))
        if was_used:
            self._tell_used()

    def move_to_region(self, region_id: str) -> None:
        """The account in use is one of another region, which accepts its key: it goes there with the key."""
        from qwen_desktop.core.providers.regions import REGIONS

        region = next((one for one in REGIONS if one.id == region_id), None)
        if region is not None and not self._engine.is_base_url_given:
            self._tasks.start(self._move(region.base_url), name="move to another region")

    async def _move(self, base_url: str) -> None:
        engine = self._engine
        before, origin = engine.account, engine.keys.origin
        is_listed = before.id in engine.settings.accounts
        account = replace(before, base_url=base_url)
        if not is_listed:
            server = replace(engine.settings.server, base_url=base_url)
            account = accounts.in_use(replace(engine.settings, server=server))
        if origin in (KeyOrigin.KEYCHAIN, KeyOrigin.SESSION):
            try:
                key = await engine.keys.current(before.profile)
                if key is not None:
                    is_session_only = origin is KeyOrigin.SESSION
                    await engine.keys.save(key.value, session_only=is_session_only, profile=account.profile)
                    await engine.keys.forget(before.profile)
            except ApiKeyStoreError as error:
                self._window.show_notice(describe(error).sentence)
                return
        if is_listed:
            self._take(accounts.using(engine.settings, account))
        else:
            server = replace(engine.settings.server, base_url=base_url)
            self._take(replace(engine.settings, server=server))

    async def _forget(self, profile: str) -> None:
        try:
            await self._engine.keys.forget(profile)
        except ApiKeyStoreError as error:
            self._window.show_notice(
                one_after_another(tr("The key could not be removed from the keychain."), describe(error).sentence)
            )
        self._origins.pop(profile, None)
        if profile == self._engine.account.profile:
            self._keys.look_up(is_first=False)
        self.refresh()

    def _take(self, settings: object) -> None:
        from qwen_desktop.core.settings.settings import Settings

        assert isinstance(settings, Settings)
        self._settings.change(settings)
        self._tell_used()

    def _tell_used(self) -> None:
        self._keys.look_up(is_first=False)
        self.refresh()
        self.used.emit()

    # The menu

    def open_from_sidebar(self) -> None:
        """One account: its key.  Several: which one is to be used."""
        if len(self.rows()) < 2 or self._engine.is_base_url_given:
            self.key_wanted.emit()
        else:
            self.open_menu(self._window.sidebar.key_button)

    def offer_in(self, picker: ModelPicker, button: QWidget) -> None:
        """A picker is about to be opened by `button`: at its foot it shows whom it asks, if there are several."""
        has_several = len(self.rows()) > 1 and not self._engine.is_base_url_given and not self._engine.is_demo
        switch = self._switches.get(picker)
        if switch is None:
            if not has_several:
                return
            switch = self._switches[picker] = Button(
                self._theme, "", kind="quiet", trailing_icon="chevron-down", height_px=30, is_secondary=True
            )
            name_control(switch, "switch_account", tr("Accounts"))
            switch.clicked.connect(lambda: self._open_from_picker(picker, button))
            picker.destroyed.connect(lambda: self._switches.pop(picker, None))
            picker.set_server_switch(switch)
        title = title_of(self._engine.account)
        switch.setText(title if len(title) <= MOST_SWITCH_CHARACTERS else f"{title[: MOST_SWITCH_CHARACTERS - 1]}…")
        switch.setAccessibleName(tr("Account: {name}", name=title))
        switch.setVisible(has_several)

    def _open_from_picker(self, picker: ModelPicker, button: QWidget) -> None:
        picker.close_panel()  # its models are those of the account that is left
        self.open_menu(button)

    def open_menu(self, button: QWidget) -> None:
        """All accounts: one is put to use by choosing it.  Above a button of the window, with ways to change them, and
        below one of the quick ask, which stands at its top."""
        rows, owner = self.rows(), button.window()
        menu = self.menu = QMenu(owner)
        menu.setObjectName("accounts_menu")
        menu.setAccessibleName(tr("Accounts"))
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for row in rows:
            action = menu.addAction(row.title.replace("&", "&&"))
            action.setCheckable(True)
            action.setChecked(row.is_in_use)
            action.setToolTip(row.about)
            action.triggered.connect(lambda checked=False, account_id=row.id: self.use(account_id))
        if owner is self._window:
            menu.addSeparator()
            menu.addAction(tr("API key…")).triggered.connect(self.key_wanted)
            menu.addAction(tr("Accounts…")).triggered.connect(lambda: self._settings.open("models"))
        y = -menu.sizeHint().height() if owner is self._window else button.height()
        menu.popup(button.mapToGlobal(QPoint(0, y)))

    # Writing one

    def add(self, parent: QWidget | None = None, kind: str = "") -> None:
        """A new account, of a kind that may be named; in use once it is saved."""
        self._open(None, parent, kind)

    def edit(self, account_id: str) -> None:
        found = next((one for one in accounts.accounts(self._engine.settings) if one.id == account_id), None)
        if found is not None:
            self._open(found, None)

    def _open(self, account: Account | None, parent: QWidget | None, kind: str = "") -> None:
        from qwen_desktop.ui.views.account_dialog import AccountDialog, Draft

        if self.dialog is not None:
            self.dialog.raise_()
            return
        self._editing, self._checked, self._agreed_hosts = account, None, ()
        owner = parent or self._settings.dialog or self._window
        dialog = self.dialog = AccountDialog(self._theme, is_new=account is None, parent=owner)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        chosen = kind or kinds()[0][0] if account is None else kind_of(account)
        dialog.set_kinds(kinds(), chosen)
        dialog.set_shape(shape_of(chosen))
        if account is None:
            dialog.show_draft(Draft(chosen, "", "", "", False, "native", usual_model(chosen)))
        else:
            draft = Draft(chosen, account.base_url, account.name, "", False, account.protocol, account.model)
            dialog.show_draft(draft)
        dialog.kind_changed.connect(self._on_kind)
        dialog.edited.connect(self._on_edited)
        dialog.check_requested.connect(lambda draft: self._check(draft, saves=False))
        dialog.save_requested.connect(lambda draft: self._check(draft, saves=True))
        dialog.action_triggered.connect(self._on_action)
        dialog.finished.connect(self._on_closed)
        self._show_key_words()
        dialog.open()

    def _on_closed(self) -> None:
        self._cancel()
        self.dialog = self._editing = self._checked = None

    def _cancel(self) -> None:
        if self._work is not None:
            self._work.cancel()
            self._work = None

    def _on_kind(self, kind: str) -> None:
        dialog = self.dialog
        if dialog is None:
            return
        from qwen_desktop.ui.account_kinds import usual_address

        dialog.set_shape(shape_of(kind))
        draft = dialog.draft
        known = {usual_address(one) for one, _ in kinds()}
        if draft.address in known or not draft.address:
            dialog.set_address(usual_address(kind))
        models = {usual_model(one) for one, _ in kinds()}
        if draft.model in models:
            dialog.show_draft(dialog.draft._replace(model=usual_model(kind), protocol=draft.protocol or "native"))
        self._show_key_words()

    def _on_edited(self) -> None:
        self._checked = None
        self._show_key_words()

    def _show_key_words(self) -> None:
        """Where the key of the account stands; and that it does not go along to another host."""
        dialog, before = self.dialog, self._editing
        if dialog is None:
            return
        words = ""
        if before is not None and not dialog.draft.key:
            try:
                account = self._account(dialog.draft)
            except QwenDesktopError:
                account = before
            origin = self._origins.get(before.profile, "")
            has_key = origin in (KeyOrigin.KEYCHAIN, KeyOrigin.SESSION)
            if account.profile != before.profile and has_key:
                words = tr(
                    "Its key belongs to the former host: it is not sent to this one, and forgotten. Enter another."
                )
            elif has_key:
                words = tr("A key is kept. Leave the field empty to keep it.")
            elif origin == KeyOrigin.ENVIRONMENT:
                words = tr("The key comes from DASHSCOPE_API_KEY; it goes before one of your own.")
        dialog.set_key_words(words)

    def _account(self, draft: Draft) -> Account:
        """What the form says.  Raises QwenDesktopError."""
        before = self._editing
        account_id = before.id if before is not None else ""
        account = account_from(draft, account_id)
        if not account_id:
            taken = {one.id for one in accounts.accounts(self._engine.settings)}
            account = replace(account, id=accounts.new_id(draft.name or title_of(account), taken))
        return account

    def _check(self, draft: Draft, *, saves: bool) -> None:
        from qwen_desktop.core.providers.addresses import check_may_send, parse_base_url

        dialog = self.dialog
        if dialog is None:
            return
        self._cancel()
        try:
            account = self._account(draft)
            address = parse_base_url(account.base_url)
        except QwenDesktopError as error:
            dialog.show_error(describe(error).sentence)
            return
        if draft.address:
            dialog.set_address(account.base_url)
        if saves and self._checked == (_asked(account), draft.key):
            self._begin_saving(account, draft, is_checked=True)
            return
        hosts = (*self._engine.settings.network.plain_http_hosts, *self._agreed_hosts)
        try:
            check_may_send(address, hosts)
        except ConnectionFailed:
            dialog.show_hint(
                tr(
                    "The way to {host} is not encrypted: others in the network can read your chats and your key. Go on "
                    "only in a network you trust. This is remembered for this address.",
                    host=address.host_and_port,
                ),
                [NoticeAction(f"{_PLAIN_HTTP}{':save' if saves else ''}", tr("Go on without encryption"))],
            )
            return
        dialog.show_waiting(tr("Checking…"))
        self._work = self._tasks.start(self._run_check(account, draft, saves), name="check account")

    async def _run_check(self, account: Account, draft: Draft, saves: bool) -> None:
        dialog, network = self.dialog, self._engine.settings.network
        if dialog is None:
            return
        network = replace(network, plain_http_hosts=(*network.plain_http_hosts, *self._agreed_hosts))
        outcome = await self._engine.check_account(
            account, draft.key, network, lambda step: dialog.show_waiting(tr("{step}…", step=step_words(step)))
        )
        if outcome.error is not None:
            self._show_failure(dialog, account, draft, outcome)
            return
        self._checked = _asked(account), draft.key
        model_ids = await asyncio.to_thread(_models_for_chats, account, outcome.model_ids[:MOST_MODELS])
        model = account.model
        if model in outcome.model_ids and model not in model_ids:  # one the user wants all the same
            model_ids.insert(0, model)
        if model_ids and not model:
            model = model_ids[0]
            dialog.show_models(model_ids, model)
            dialog.show_hint(tr("Found {count} models. Choose the one for new chats, then save.", count=len(model_ids)))
            return
        dialog.show_models(model_ids, model)
        if not model:
            dialog.show_hint(tr("The server is there, but lists no model. Enter the id of one."))
        elif saves and (not model_ids or model in model_ids):
            await self._save(account, draft)
        elif model_ids and model not in model_ids:
            dialog.show_hint(
                tr("The server does not list {model}. Choose another one, or save it all the same.", model=model),
                [NoticeAction(_ANYWAY, tr("Save all the same"))],
            )
        else:
            dialog.show_good(
                tr("All good, {time} ms · {count} models", time=outcome.took_ms, count=len(outcome.model_ids))
            )

    def _show_failure(self, dialog: AccountDialog, account: Account, draft: Draft, outcome: Outcome) -> None:
        error = outcome.error
        assert error is not None
        sentence = describe(error).sentence
        actions = []
        if isinstance(error, ApiKeyRejected) and draft.key:
            regions = self._engine.regions_to_try(draft.key, account.base_url)
            if regions:
                sentence = f"{sentence} {regions_sentence([region.base_url for region in regions])}"
                actions.append(NoticeAction(_REGIONS, tr("Try the other regions"), is_primary=True))
        elif isinstance(error, ApiKeyMissing):
            actions.append(NoticeAction(_ANYWAY, tr("Save without a key")))
        elif not isinstance(error, ApiKeyStoreError) and account.model:
            actions.append(NoticeAction(_ANYWAY, tr("Save all the same")))
        if outcome.failed is not None:
            sentence = tr("{step}: {sentence}", step=step_words(outcome.failed), sentence=sentence)
        dialog.show_error(sentence, actions)

    def _on_action(self, name: str) -> None:
        dialog = self.dialog
        if dialog is None:
            return
        draft = dialog.draft
        if name.startswith(_PLAIN_HTTP):
            from qwen_desktop.core.providers.addresses import parse_base_url

            try:
                host = parse_base_url(self._account(draft).base_url).host_and_port
            except QwenDesktopError as error:
                dialog.show_error(describe(error).sentence)
                return
            self._agreed_hosts = (*self._agreed_hosts, host)
            self._check(draft, saves=name.endswith(":save"))
        elif name == _ANYWAY:
            try:
                self._begin_saving(self._account(draft), draft, is_checked=False)
            except QwenDesktopError as error:
                dialog.show_error(describe(error).sentence)
        elif name == _REGIONS:
            self._cancel()
            dialog.show_waiting(tr("Trying the other regions…"))
            self._work = self._tasks.start(self._try_regions(draft), name="try regions")
        elif name.startswith(_USE_REGION):
            dialog.show_draft(draft._replace(kind=name.removeprefix(_USE_REGION)))
            dialog.set_shape(shape_of(name.removeprefix(_USE_REGION)))
            self._check(dialog.draft, saves=True)
        elif name == _SESSION:
            dialog.session_box.setChecked(True)
            self._check(dialog.draft, saves=True)

    async def _try_regions(self, draft: Draft) -> None:
        dialog = self.dialog
        if dialog is None:
            return
        try:
            found = await self._engine.regions_that_know(draft.key, self._account(draft).base_url)
        except QwenDesktopError as error:
            dialog.show_error(describe(error).sentence)
            return
        sentence, actions = regions_found([(region.id, region.name) for region in found])
        dialog.show_error(sentence, actions)

    def _begin_saving(self, account: Account, draft: Draft, *, is_checked: bool) -> None:
        assert self.dialog is not None
        if not account.model:
            self.dialog.show_error(tr("Enter the id of a model, such as {example}.", example="qwen3:8b"))
            return
        self.dialog.show_waiting(tr("Waiting for the keyring…") if draft.key else tr("Checking…"))
        self._work = self._tasks.start(self._save(account, draft), name="save account")

    async def _save(self, account: Account, draft: Draft) -> None:
        """The key first: an account is not written whose key was lost."""
        dialog, before, engine = self.dialog, self._editing, self._engine
        assert dialog is not None
        if draft.key:
            dialog.show_waiting(tr("Waiting for the keyring…"))
            try:
                await engine.keys.save(draft.key, session_only=draft.is_session_only, profile=account.profile)
            except ApiKeyRejected as error:
                dialog.show_error(describe(error).sentence)
                return
            except ApiKeyStoreError as error:
                session = [NoticeAction(_SESSION, tr("Keep only for this session"), is_primary=True)]
                dialog.show_error(describe(error).sentence, session)
                return
        settings = engine.settings
        if before is None:
            is_worth_it = engine.keys.origin is not KeyOrigin.NONE
            settings = accounts.using(settings, account, keeps_former=is_worth_it)
        else:
            settings = accounts.changed(settings, account)
        if self._agreed_hosts:
            hosts = dict.fromkeys((*settings.network.plain_http_hosts, *self._agreed_hosts))
            settings = replace(settings, network=replace(settings.network, plain_http_hosts=tuple(hosts)))
        is_used = account.id == accounts.in_use(settings).id
        self._settings.change(settings)
        self._origins.pop(account.profile, None)
        if before is not None and before.profile != account.profile:
            self._tasks.start(self._forget(before.profile), name="forget key")
        self._work = None
        dialog.accept()
        if is_used:
            self._tell_used()
        self.look()

    # Servers nearby

    def find_nearby(self) -> None:
        """Looks on this computer for servers, and shows them; the user asked for it."""
        from qwen_desktop.ui.views.nearby_dialog import NearbyDialog

        if self.nearby is None:
            dialog = self.nearby = NearbyDialog(self._theme, self._window)
            dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            dialog.chosen.connect(self._use_nearby)
            dialog.look_again_requested.connect(self.find_nearby)
            dialog.address_requested.connect(self._add_by_address)
            dialog.link_activated.connect(open_link)
            dialog.finished.connect(self._on_nearby_closed)
            dialog.open()
        self.nearby.show_looking()
        self._cancel()
        self._work = self._tasks.start(self._find_nearby(), name="find nearby servers")

    async def _find_nearby(self) -> None:
        from qwen_desktop.core.providers.addresses import parse_base_url
        from qwen_desktop.core.providers.servers import name_of
        from qwen_desktop.ui.views.nearby_dialog import NearbyRow

        self._found = await self._engine.find_nearby()
        if self.nearby is None:
            return
        rows = [
            NearbyRow(
                name_of(server.kind) or tr("OpenAI-compatible server"),
                parse_base_url(server.base_url).host_and_port,
                server.model_ids,
            )
            for server in self._found
        ]
        self.nearby.show_found(rows, programs())

    def _use_nearby(self, place: int, model_id: str) -> None:
        from qwen_desktop.core.providers.servers import ServerKind, name_of

        server, settings = self._found[place], self._engine.settings
        base_url = server.base_url if server.kind is not ServerKind.COMPATIBLE else f"{server.base_url}/v1"
        listed = accounts.accounts(settings)
        same = next((one for one in listed if one.base_url == base_url and one.id in settings.accounts), None)
        if same is None:
            wish = name_of(server.kind) or "local"
            same = accounts.Account(accounts.new_id(wish, {one.id for one in listed}), "", base_url)
        account = replace(same, make=str(server.kind), protocol="compatible", model=model_id)
        is_worth_it = self._engine.keys.origin is not KeyOrigin.NONE
        if self.nearby is not None:
            self.nearby.accept()
        self._take(accounts.using(settings, account, keeps_former=is_worth_it))

    def _add_by_address(self) -> None:
        if self.nearby is not None:
            self.nearby.accept()
        self.add(self._window, COMPATIBLE)

    def _on_nearby_closed(self) -> None:
        self.nearby = None
        self._cancel()

    async def close(self) -> None:
        self._cancel()
        await self._tasks.close()


def _models_for_chats(account: Account, model_ids: Sequence[str]) -> list[str]:
    """Those to be offered, in the order of the catalogue.  On a worker thread: a server may list thousands."""
    from qwen_desktop.core.providers import catalogue
    from qwen_desktop.core.providers.addresses import parse_base_url
    from qwen_desktop.core.providers.servers import server_at

    server = server_at(parse_base_url(account.base_url), account.make)
    usable = [one for one in model_ids if 0 < len(one) <= MOST_ID_CHARACTERS and one.isprintable()]
    return [model.id for model in catalogue.merged(usable, server)]


def _asked(account: Account) -> Account:
    """What of it a check depends on."""
    return replace(account, id="", name="", model="", protocol="")


def regions_sentence(hosts: list[str]) -> str:
    """That the key may belong elsewhere, and where it would be sent to find that out."""
    shown = listed(host.removeprefix("https://").removeprefix("http://") for host in hosts)
    return tr(
        "It may belong to another region. Trying them sends it to these hosts of Alibaba Cloud: {hosts}.", hosts=shown
    )


def regions_found(regions: list[tuple[str, str]]) -> tuple[str, list[NoticeAction]]:
    """What trying the regions (id, name) showed, and what can be done about it."""
    if not regions:
        return tr("No other region accepts this key either. Check it, or make a new one."), []
    actions = [
        NoticeAction(_USE_REGION + region_id, tr("Use {region}", region=name), is_primary=True)
        for region_id, name in regions
    ]
    return tr("This key belongs to another region."), actions
