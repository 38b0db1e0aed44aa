"""Accounts in the settings, in the sidebar's menu and at the first start: listed, put to use, removed, found."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, Qt, Signal
from PySide6.QtWidgets import QMenu

from qwen_desktop.core.credentials.api_keys import KeyOrigin
from qwen_desktop.core.errors import ApiKeyStoreError, ConnectionFailed
from qwen_desktop.core.settings import accounts
from qwen_desktop.core.words import describe, one_after_another, tr
from qwen_desktop.ui.account_kinds import (
    COMPATIBLE,
    is_key_optional,
    programs,
    short_key_words,
    title_of,
)
from qwen_desktop.ui.aio import TaskOwner
from qwen_desktop.ui.controllers.links import open_link
from qwen_desktop.ui.views.buttons import Button
from qwen_desktop.ui.views.controls import name_control

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from qwen_desktop.core.providers.nearby import NearbyServer
    from qwen_desktop.core.settings.accounts import Account
    from qwen_desktop.core.settings.settings import Settings
    from qwen_desktop.engine import Engine
    from qwen_desktop.ui.controllers.account_form import AccountForm
    from qwen_desktop.ui.controllers.keys import KeyController
    from qwen_desktop.ui.controllers.settings import SettingsController
    from qwen_desktop.ui.theme import Theme
    from qwen_desktop.ui.views.account_dialog import AccountDialog
    from qwen_desktop.ui.views.account_list import AccountRow
    from qwen_desktop.ui.views.main_window import MainWindow
    from qwen_desktop.ui.views.model_picker import ModelPicker
    from qwen_desktop.ui.views.nearby_dialog import NearbyDialog

MOST_SWITCH_CHARACTERS = 24


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
        self._finding: asyncio.Task[object] | None = None
        self._found: list[NearbyServer] = []
        self._form: AccountForm | None = None
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

    def _take(self, settings: Settings) -> None:
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
        if self._form is None:
            from qwen_desktop.ui.controllers.account_form import AccountForm

            form = self._form = AccountForm(
                self._engine, self._theme, lambda profile: self._origins.get(profile, ""), self
            )
            form.saved.connect(self._on_saved)
            form.failed.connect(self.failed)
        self._form.open(account, parent or self._settings.dialog or self._window, kind)

    @property
    def dialog(self) -> AccountDialog | None:
        """The form while it is open."""
        return None if self._form is None else self._form.dialog

    def _on_saved(self, settings: Settings, account: Account, before: Account | None) -> None:
        self._settings.change(settings)
        self._origins.pop(account.profile, None)
        if before is not None and before.profile != account.profile:
            self._tasks.start(self._forget(before.profile), name="forget key")
        if account.id == accounts.in_use(settings).id:
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
        self._cancel_finding()
        self._finding = self._tasks.start(self._find_nearby(), name="find nearby servers")

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
        self._cancel_finding()

    def _cancel_finding(self) -> None:
        if self._finding is not None:
            self._finding.cancel()
            self._finding = None

    async def close(self) -> None:
        if self._form is not None:
            await self._form.close()
        await self._tasks.close()
