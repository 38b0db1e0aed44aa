"""The form of an account: filled, checked at its server, and written, to the settings it makes.

A key goes from the form to the keychain and to the host it was entered for, and nowhere else.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal

from qwen_desktop.core.credentials.api_keys import KeyOrigin
from qwen_desktop.core.errors import ApiKeyMissing, ApiKeyRejected, ApiKeyStoreError, ConnectionFailed, QwenDesktopError
from qwen_desktop.core.settings import accounts
from qwen_desktop.core.words import describe, tr
from qwen_desktop.ui.account_kinds import account_from, kind_of, kinds, shape_of, title_of, usual_address, usual_model
from qwen_desktop.ui.aio import TaskOwner
from qwen_desktop.ui.controllers.settings import step_words
from qwen_desktop.ui.notices import NoticeAction
from qwen_desktop.ui.other_regions import TRY_REGIONS, region_in, regions_found, regions_sentence, try_regions

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtWidgets import QWidget

    from qwen_desktop.core.providers.connection_check import Outcome
    from qwen_desktop.core.settings.accounts import Account
    from qwen_desktop.engine import Engine
    from qwen_desktop.ui.theme import Theme
    from qwen_desktop.ui.views.account_dialog import AccountDialog, Draft

MOST_MODELS = 500
"""Of a server's list that are offered."""
_PLAIN_HTTP, _ANYWAY, _SESSION = "plain_http", "anyway", "session_only"


class AccountForm(QObject):
    """One at a time.

    Signals:
    saved(Settings, Account, Account | None): the settings with the account, whose key is kept; and what it was before
    failed(BaseException): a bug
    """

    saved = Signal(object, object, object)
    failed = Signal(object)

    def __init__(
        self, engine: Engine, theme: Theme, origin_of: Callable[[str], str], parent: QObject | None = None
    ) -> None:
        """`origin_of(profile)`: where its key stands, as far as known; a KeyOrigin, or ''."""
        super().__init__(parent)
        self._engine = engine
        self._theme = theme
        self._origin_of = origin_of
        self._tasks = TaskOwner(self)
        self._tasks.failed.connect(self.failed)
        self._work: asyncio.Task[object] | None = None
        self._editing: Account | None = None
        self._checked: tuple[Account, str] | None = None
        """What went well the last time: account and key."""
        self._agreed_hosts: tuple[str, ...] = ()
        self.dialog: AccountDialog | None = None
        """While it is open."""

    def open(self, account: Account | None, owner: QWidget, kind: str = "") -> None:
        """In front of `owner`; `account` None: a new one, of a kind that may be named."""
        from qwen_desktop.ui.views.account_dialog import AccountDialog, Draft

        if self.dialog is not None:
            self.dialog.raise_()
            return
        self._editing, self._checked, self._agreed_hosts = account, None, ()
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
            origin = self._origin_of(before.profile)
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
                sentence = f"{sentence} {regions_sentence(region.base_url for region in regions)}"
                actions.append(try_regions())
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
        elif name == TRY_REGIONS:
            self._cancel()
            dialog.show_waiting(tr("Trying the other regions…"))
            self._work = self._tasks.start(self._try_regions(draft), name="try regions")
        elif region_id := region_in(name):
            dialog.show_draft(draft._replace(kind=region_id))
            dialog.set_shape(shape_of(region_id))
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
        dialog.show_error(*regions_found(found))

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
        self._work = None
        dialog.accept()
        self.saved.emit(settings, account, before)

    async def close(self) -> None:
        self._cancel()
        await self._tasks.close()


def _models_for_chats(account: Account, model_ids: Sequence[str]) -> list[str]:
    """Those to be offered, in the order of the catalogue.  On a worker thread: a server may list thousands."""
    from qwen_desktop.core.providers import catalogue
    from qwen_desktop.core.providers.addresses import parse_base_url
    from qwen_desktop.core.providers.model_list import offerable
    from qwen_desktop.core.providers.servers import server_at

    server = server_at(parse_base_url(account.base_url), account.make)
    return [model.id for model in catalogue.merged(offerable(model_ids), server)]


def _asked(account: Account) -> Account:
    """What of it a check depends on."""
    return replace(account, id="", name="", model="", protocol="")
