"""Every dialog, page and panel of the app by name, each made as it is seen in use; for pictures and for tests of words.

A new dialog has a line here: `tests/gui/views/test_gallery.py` looks for those that have none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QApplication, QLineEdit, QWidget

from qwen_desktop.core.chat.attachment import Attachment
from qwen_desktop.core.settings.settings import NetworkSettings, Settings, ShortcutSettings
from qwen_desktop.core.words import key_origin_words, tr
from qwen_desktop.desktop.hotkey.status import HotkeyState, HotkeyStatus
from qwen_desktop.ui.notices import NoticeAction
from qwen_desktop.ui.other_regions import regions_sentence
from qwen_desktop.ui.settings_table import pages
from qwen_desktop.ui.theme import Theme
from qwen_desktop.ui.views.account_list import AccountRow

if TYPE_CHECKING:
    from PySide6.QtWidgets import QAbstractButton

    from qwen_desktop.core.exchange.importing import Summary
    from qwen_desktop.ui.pictures.input import PictureInput
    from qwen_desktop.ui.pictures.panel import PicturePanel
    from qwen_desktop.ui.views.export_dialog import ExportDialog
    from qwen_desktop.ui.views.import_dialog import ImportDialog
    from qwen_desktop.ui.views.prompt_edit import PromptEdit

CHANGED = replace(
    Settings(), network=NetworkSettings(connect_timeout_s=5.0, proxy="http://me:secret@127.0.0.1:7890", max_retries=5)
)
"""Settings that show the way back, and a proxy set by hand."""
LANGUAGES = ("en", "zh_CN")
THEMES = ("light", "dark")

Make = Callable[[Theme], QWidget]


def gallery() -> dict[str, Make]:
    """Name to what makes it; a window of its own, or one with the panel open in it."""
    made: dict[str, Make] = {
        f"settings-{name}": lambda theme, name=name: _settings(theme, name)  # type: ignore[misc]
        for name in pages()
    }
    return made | {
        "settings-doctor": _settings_doctor,
        "settings-search": _settings_search,
        "settings-backups": _settings_backups,
        "settings-bin": _settings_bin,
        "settings-storage": _settings_storage,
        "settings-unusual": _settings_unusual,
        "account": _account,
        "account-found": _account_found,
        "account-error": _account_error,
        "nearby": _nearby,
        "nearby-none": _nearby_none,
        "settings-accounts-remove": _settings_accounts_remove,
        "api-key": _api_key,
        "api-key-error": _api_key_error,
        "shortcuts": _shortcut_list,
        "plain-text": _plain_text,
        "image-question": _image_question,
        "picture": _picture,
        "pictures": _pictures,
        "quick-ask-pictures": _quick_ask_pictures,
        "welcome": _welcome,
        "welcome-error": _welcome_error,
        "empty": _window,
        "model-picker": _model_picker,
        "find-bar": _find_bar,
        "bars": _bars,
        "crash-report": _crash_report,
        "parameters": _parameters,
        "export": lambda theme: _export(theme, "md"),
        "export-json": lambda theme: _export(theme, "json"),
        "export-running": _export_running,
        "export-done": _export_done,
        "import": _import,
        "import-done": _import_done,
        "tags": _tags,
        "tags-typed": _tags_typed,
        "tags-none": _tags_none,
        "quick-ask": _quick_ask,
        "quick-ask-trouble": _quick_ask_trouble,
    }


@contextmanager
def shown(name: str, theme: Theme, size: tuple[int, int] | None = None) -> Iterator[QWidget]:
    """The dialog, laid out and painted at its own size or another, and gone afterwards."""
    widget = gallery()[name](theme)
    if size is not None:
        widget.resize(*size)
    widget.show()
    for _ in range(40):  # rows are made in portions, and each changes the layout
        QApplication.processEvents()
    try:
        yield widget
    finally:
        from qwen_desktop.ui.views.main_window import MainWindow
        from qwen_desktop.ui.views.quick_ask import QuickAskWindow

        if isinstance(widget, MainWindow | QuickAskWindow):
            widget.accept_close()
        widget.close()
        widget.deleteLater()
        QApplication.processEvents()


def _settings(theme: Theme, page: str) -> QWidget:
    from qwen_desktop.ui.views.settings_dialog import SettingsDialog

    dialog = SettingsDialog(theme)
    dialog.show_settings(CHANGED)
    dialog.set_key_words(key_origin_words("keychain"))
    dialog.set_folders("/home/me/.local/share/qwen-desktop", "/home/me/.config/qwen-desktop/settings.toml")
    dialog.set_autostart(False)
    dialog.show_accounts(_accounts())
    dialog.show_hotkey_status(HotkeyStatus(HotkeyState.WORKS, "Ctrl+Alt+Q"))
    dialog.page(page)
    dialog.show_page(page)
    if page == "network":
        dialog.show_test_good(86)
    return dialog


def _settings_doctor(theme: Theme) -> QWidget:
    from qwen_desktop.doctor.finding import Finding, Verdict
    from qwen_desktop.ui.views.doctor_page import DoctorPage
    from qwen_desktop.ui.views.settings_dialog import SettingsDialog

    dialog = _settings(theme, "general")
    assert isinstance(dialog, SettingsDialog)
    page = DoctorPage(theme)
    page.show_findings(
        [
            Finding(tr("Settings file"), "settings.toml"),
            Finding(tr("Proxy"), "127.0.0.1:7890", Verdict.NOTE),
            Finding(tr("Hotkey"), "Ctrl+Alt+Q", Verdict.PROBLEM, tr("Another program has these keys. Choose others.")),
        ]
    )
    dialog.add_page("doctor", tr("Doctor"), lambda: page)
    dialog.show_page("doctor")
    return dialog


def _settings_backups(theme: Theme) -> QWidget:
    from datetime import UTC, datetime, timedelta
    from pathlib import Path

    from qwen_desktop.core.backup import BEFORE_RESTORE, BEFORE_SCHEMA, BY_HAND, DAILY, Backup, Counts
    from qwen_desktop.ui.views.backups_page import BackupsPage
    from qwen_desktop.ui.views.settings_dialog import SettingsDialog

    dialog = _settings(theme, "general")
    assert isinstance(dialog, SettingsDialog)
    page = BackupsPage(theme)
    last = datetime(2026, 11, 25, 10, 2, tzinfo=UTC)
    labels = (DAILY, BY_HAND, BEFORE_RESTORE, f"{BEFORE_SCHEMA}6", DAILY)
    backups = [
        Backup(Path(f"/b/{number}"), last - timedelta(days=number), label, 48_213_000 - number * 90_000)
        for number, label in enumerate(labels)
    ]
    counts = {one.path: Counts(412 - number, 11_840 - 37 * number) for number, one in enumerate(backups)}
    page.show_backups(backups, counts | {backups[4].path: None}, Counts(414, 11_902), None)
    page.table.setCurrentCell(1, 0)
    page.restore_button.click()
    dialog.add_page("backups", tr("Backups"), lambda: page)
    dialog.show_page("backups")
    return dialog


def _settings_bin(theme: Theme) -> QWidget:
    from datetime import UTC, datetime, timedelta

    from qwen_desktop.core.chat.conversation import DeletedConversation
    from qwen_desktop.ui.views.bin_page import BinPage
    from qwen_desktop.ui.views.settings_dialog import SettingsDialog

    dialog = _settings(theme, "general")
    assert isinstance(dialog, SettingsDialog)
    page = BinPage(theme)
    last = datetime(2026, 11, 25, 10, 2, tzinfo=UTC)
    titles = ("Why is the sky blue?", "北京三日游：故宫、长城和胡同，怎么安排时间最合适", "Regex for CJK punctuation")
    page.show_deleted(
        [
            DeletedConversation(number, title, 4 + 11 * number, last - timedelta(days=9 * number))
            for number, title in enumerate(titles)
        ]
    )
    page.table.selectRow(1)
    page.erase_button.click()
    dialog.add_page("bin", tr("Deleted chats"), lambda: page)
    dialog.show_page("bin")
    return dialog


def _settings_storage(theme: Theme) -> QWidget:
    from qwen_desktop.core.backup import Sizes
    from qwen_desktop.ui.views.settings_dialog import SettingsDialog
    from qwen_desktop.ui.views.storage_page import StoragePage

    dialog = _settings(theme, "general")
    assert isinstance(dialog, SettingsDialog)
    page = StoragePage(theme, can_move=True)
    page.show_sizes(Sizes(48_213_000, 310_000_000, 9_400_000, 371_000_000))
    page.erase_button.click()
    dialog.add_part("data", lambda: page)
    dialog.show_page("data")
    return dialog


def _settings_search(theme: Theme) -> QWidget:
    from qwen_desktop.ui.views.settings_dialog import SettingsDialog

    dialog = _settings(theme, "general")
    assert isinstance(dialog, SettingsDialog)
    for name in pages():
        dialog.page(name)
    dialog.search_field.setText("font")
    return dialog


def _settings_unusual(theme: Theme) -> QWidget:
    """What the network page says when things go wrong."""
    from qwen_desktop.ui.views.settings_dialog import SettingsDialog

    dialog = _settings(theme, "network")
    assert isinstance(dialog, SettingsDialog)
    dialog.show_test_failed(tr("Key"), tr("No API key is set. Add your key, or try the demo."))
    action = NoticeAction("try_regions", tr("Try the other regions"), is_primary=True)
    dialog.show_test_offer(regions_sentence(["https://dashscope-intl.aliyuncs.com"]), [action])
    dialog.show_note("network.proxy", tr("Enter the proxy's address. Until then nothing is changed."))
    return dialog


def _accounts() -> list[AccountRow]:
    key, none = tr("Key in system keychain"), tr("No key needed")
    region = tr("Alibaba Cloud, {region}", region=_regions()[0][1])
    return [
        AccountRow("a", region, "dashscope.aliyuncs.com · qwen3.7-plus", key, True),
        AccountRow("b", tr("Coding Plan"), "coding.dashscope.aliyuncs.com · qwen3-coder-plus", tr("No API key")),
        AccountRow("c", "Ollama", "127.0.0.1:11434 · qwen3:8b", none),
    ]


def _settings_accounts_remove(theme: Theme) -> QWidget:
    from qwen_desktop.ui.views.settings_dialog import SettingsDialog

    dialog = _settings(theme, "models")
    assert isinstance(dialog, SettingsDialog)
    shown = dialog.page("models").accounts
    shown.list.setCurrentRow(1)
    shown.remove_button.click()
    return dialog


def _account(theme: Theme) -> QWidget:
    from qwen_desktop.ui.account_kinds import kinds, shape_of
    from qwen_desktop.ui.views.account_dialog import AccountDialog, Draft

    dialog = AccountDialog(theme, is_new=True)
    dialog.set_kinds(kinds(), "cn-beijing")
    dialog.show_draft(Draft("cn-beijing", "", "", "", False, "native", Settings().chat.model))
    dialog.set_shape(shape_of("cn-beijing"))
    return dialog


def _account_found(theme: Theme) -> QWidget:
    from qwen_desktop.ui.account_kinds import kinds, shape_of
    from qwen_desktop.ui.views.account_dialog import AccountDialog, Draft

    dialog = AccountDialog(theme, is_new=True)
    dialog.set_kinds(kinds(), "ollama")
    dialog.show_draft(Draft("ollama", "http://127.0.0.1:11434", "", "", False, "", ""))
    dialog.set_shape(shape_of("ollama"))
    dialog.show_models(["qwen3:8b", "qwen3-coder:30b"], "qwen3:8b")
    dialog.show_hint(tr("Found {count} models. Choose the one for new chats, then save.", count=2))
    return dialog


def _account_error(theme: Theme) -> QWidget:
    from qwen_desktop.ui.account_kinds import kinds, shape_of
    from qwen_desktop.ui.views.account_dialog import AccountDialog, Draft

    dialog = AccountDialog(theme, is_new=False)
    dialog.set_kinds(kinds(), "alibaba")
    address = "https://ws-1.cn-beijing.maas.aliyuncs.com"
    dialog.show_draft(Draft("alibaba", address, "Work", "", False, "native", "qwen3.7-plus"))
    dialog.set_shape(shape_of("alibaba"))
    dialog.key_field.setText("sk-1234")
    dialog.set_key_words(
        tr("Its key belongs to the former host: it is not sent to this one, and forgotten. Enter another.")
    )
    action = NoticeAction("try_regions", tr("Try the other regions"), is_primary=True)
    dialog.show_error(
        regions_sentence([f"https://{name}.aliyuncs.com" for name in ("dashscope", "dashscope-intl")]), [action]
    )
    return dialog


def _nearby(theme: Theme) -> QWidget:
    from qwen_desktop.ui.account_kinds import programs
    from qwen_desktop.ui.views.nearby_dialog import NearbyDialog, NearbyRow

    dialog = NearbyDialog(theme)
    dialog.show_found(
        [
            NearbyRow("Ollama", "127.0.0.1:11434", ("qwen3:8b", "qwen3:4b")),
            NearbyRow("LM Studio", "127.0.0.1:1234", ()),
        ],
        programs(),
    )
    return dialog


def _nearby_none(theme: Theme) -> QWidget:
    from qwen_desktop.ui.account_kinds import programs
    from qwen_desktop.ui.views.nearby_dialog import NearbyDialog

    dialog = NearbyDialog(theme)
    dialog.show_found([], programs())
    return dialog


def _tags(theme: Theme) -> QWidget:
    from qwen_desktop.core.chat.tags import TagUse
    from qwen_desktop.ui.views.tags_dialog import TagsDialog

    dialog = TagsDialog(theme, tr("Tags of {count} chats", count=3))
    uses = [("旅行 计划", 12, 3), ("work", 31, 1), ("code", 8, 0), ("to read", 140, 0), ("家", 2, 0)]
    dialog.show_tags([TagUse(*one) for one in uses], 3)
    return dialog


def _tags_typed(theme: Theme) -> QWidget:
    dialog = _tags(theme)
    field = dialog.findChild(QLineEdit, "tag_field")
    assert field is not None
    field.setText("wo")
    field.textEdited.emit("wo")
    return dialog


def _tags_none(theme: Theme) -> QWidget:
    from qwen_desktop.ui.views.tags_dialog import TagsDialog

    dialog = TagsDialog(theme, "北京三日游：故宫、长城和胡同，怎么安排时间最合适，还要去哪里")
    dialog.show_tags([], 1)
    return dialog


def _api_key(theme: Theme) -> QWidget:
    from qwen_desktop.ui.views.api_key_dialog import ApiKeyDialog

    dialog = ApiKeyDialog(theme)
    dialog.set_origin("keychain")
    dialog.set_regions(_regions(), "beijing")
    return dialog


def _api_key_error(theme: Theme) -> QWidget:
    from qwen_desktop.ui.views.api_key_dialog import ApiKeyDialog

    dialog = _api_key(theme)
    assert isinstance(dialog, ApiKeyDialog)
    use = tr("Use {region}", region=_regions()[1][1])
    dialog.show_error(tr("This key belongs to another region."), [NoticeAction("region", use, is_primary=True)])
    return dialog


def _shortcut_list(theme: Theme) -> QWidget:
    from qwen_desktop.ui.views.shortcut_list import ShortcutList

    return ShortcutList(theme, ShortcutSettings(regenerate=""))


def _plain_text(theme: Theme) -> QWidget:
    from qwen_desktop.ui.views.plain_text_dialog import PlainTextDialog

    return PlainTextDialog(theme, tr("Keyboard shortcuts"), "# A reply\n\nas it was *received*\n")


def _parameters(theme: Theme) -> QWidget:
    from qwen_desktop.core.providers import catalogue
    from qwen_desktop.ui.views.parameters_dialog import ParametersDialog

    model_id = Settings().chat.model
    known = catalogue.abilities(model_id)
    return ParametersDialog(theme, model_id, catalogue.ranges(known), known.effort_choices, can_think=True)


def _image_question(theme: Theme) -> QWidget:
    from qwen_desktop.ui.views.image_question import ImageQuestion

    return ImageQuestion(theme, "https://images.example.com/a/picture.png")


_SEA = Attachment("0" * 64, "image/jpeg", 340_000, 1920, 1080, "sea.jpg")
_PASTED = Attachment("1" * 64, "image/png", 12_000, 640, 480)


def _no_picture(attachment: Attachment) -> Path:
    return Path("/nowhere/no-picture")


def _picture(theme: Theme) -> QWidget:
    from qwen_desktop.ui.pictures.picture_window import PictureWindow
    from qwen_desktop.ui.pictures.thumbnails import Thumbnails

    thumbnails = Thumbnails(_no_picture)
    made = PictureWindow(theme, thumbnails, (_SEA, _PASTED), _no_picture)
    thumbnails.setParent(made)
    return made


def _pictures(theme: Theme) -> QWidget:
    """The composer with two pictures, one that was refused, and a model that cannot see."""
    from qwen_desktop.ui.views.main_window import MainWindow

    window = _window(theme)
    assert isinstance(window, MainWindow)
    composer = window.composer
    pictures = _input_for(theme, composer.edit, composer.attach_button, composer.place_pictures)
    composer.use_pictures(pictures)
    composer.set_text(tr("Compare these"), (_SEA, _PASTED))
    composer.set_model("qwen3-coder-plus")
    _refuse(pictures)
    return window


def _quick_ask_pictures(theme: Theme) -> QWidget:
    from qwen_desktop.ui.views.quick_ask import QuickAskWindow

    window = _quick_ask(theme)
    assert isinstance(window, QuickAskWindow)
    pictures = _input_for(theme, window.edit, window.attach_button, window.place_pictures)
    window.use_pictures(pictures)
    pictures.set_model("qwen3-coder-plus")
    pictures.shelf.put((_SEA, _PASTED))
    _refuse(pictures)
    return window


def _input_for(
    theme: Theme, edit: PromptEdit, button: QAbstractButton, put_panel: Callable[[PicturePanel], None]
) -> PictureInput:
    from qwen_desktop.core.credentials.worker import Worker
    from qwen_desktop.ui.pictures.input import PictureInput
    from qwen_desktop.ui.pictures.shelf import PictureShelf
    from qwen_desktop.ui.pictures.thumbnails import Thumbnails

    def keep(_: object) -> tuple[Attachment, bool]:
        return _SEA, False

    return PictureInput(
        theme,
        PictureShelf(keep, Worker("pictures"), edit),
        Thumbnails(_no_picture, edit),
        edit,
        button,
        put_panel=put_panel,
        can_see=lambda model_id: model_id != "qwen3-coder-plus",
        vision_model=lambda: "qwen3.7-plus",
    )


def _refuse(pictures: PictureInput) -> None:
    """One more, which cannot be read."""
    from qwen_desktop.core.errors import AttachmentRefused
    from qwen_desktop.core.words import describe
    from qwen_desktop.ui.pictures.shelf import Picture, Stage

    refused = Picture(0, "IMG_0001.heic", Stage.REFUSED)
    refused.sentence = describe(AttachmentRefused(reason="format", name=refused.name)).sentence
    pictures.shelf._pictures.append(refused)
    pictures.shelf.changed.emit()


def _window(theme: Theme) -> QWidget:
    from qwen_desktop.ui.views.main_window import MainWindow

    window = MainWindow(theme)
    window.resize(1000, 700)
    window.set_conversation(None, tr("New chat"))
    window.composer.set_model("qwen3.7-plus")
    window.sidebar.set_key_words(tr("Key in system keychain"))
    window.empty_state.set_key_words(key_origin_words("keychain"))
    window.show_empty()
    return window


def _welcome(theme: Theme) -> QWidget:
    from qwen_desktop.ui.views.welcome import WelcomePage

    page = WelcomePage(theme)
    page.resize(1000, 700)
    page.set_regions(_regions(), "beijing")
    page.set_local_available(True)
    return page


def _welcome_error(theme: Theme) -> QWidget:
    from qwen_desktop.ui.views.welcome import WelcomePage

    page = _welcome(theme)
    assert isinstance(page, WelcomePage)
    page.set_session_choice(True)
    use = tr("Use {region}", region=_regions()[1][1])
    page.show_error(tr("This key belongs to another region."), [NoticeAction("region", use, is_primary=True)])
    return page


def _model_picker(theme: Theme) -> QWidget:
    from qwen_desktop.core.providers import catalogue
    from qwen_desktop.core.providers.servers import CHINA
    from qwen_desktop.ui.model_rows import foot_words, model_row
    from qwen_desktop.ui.views.main_window import MainWindow

    window = _window(theme)
    assert isinstance(window, MainWindow)
    names = [*catalogue.suggested_model_ids(), "qwen-plus-2025-12-01", "next-model"]
    prices = {name: catalogue.price(name, CHINA) for name in names}
    rows = []
    for name in names:
        known = catalogue.abilities(name)
        unlisted = name == "qwen3.7-max"
        rows.append(model_row(name, known, prices[name], can_search=known.search is True, is_unlisted=unlisted))
    window.composer.set_models(rows)
    window.picker.offer_parameters()
    window.picker.set_foot(foot_words(prices.values()))
    window.show()
    QApplication.processEvents()
    window.open_model_picker()
    return window


def _find_bar(theme: Theme) -> QWidget:
    from qwen_desktop.ui.views.main_window import MainWindow

    window = _window(theme)
    assert isinstance(window, MainWindow)
    window.show_transcript()
    window.find_bar.show()
    window.find_bar.show_count(3, 12)
    return window


def _bars(theme: Theme) -> QWidget:
    """The window with everything that can stand above and below the chat."""
    from qwen_desktop.ui.views.main_window import MainWindow

    window = _window(theme)
    assert isinstance(window, MainWindow)
    window.set_demo(True)
    sentence = tr("The disk is full, so {path} cannot be written. Free some space, then try again.", path="/home/me")
    window.show_notice(sentence, [NoticeAction("save", tr("Try again"), is_primary=True)])
    window.show_undo(7, tr("New chat"))
    window.composer.set_running(True)
    return window


def _crash_report(theme: Theme) -> QWidget:
    from qwen_desktop.ui.views.crash_report_dialog import CrashReportDialog

    return CrashReportDialog(theme, "ValueError\n  qwen_desktop/app.py, line 1\n")


def _export(theme: Theme, wanted: str, *, is_all: bool = False) -> ExportDialog:
    from qwen_desktop.core.exchange.exporting import Format
    from qwen_desktop.ui.views.export_dialog import ExportDialog

    dialog = ExportDialog(theme, is_all=is_all)
    dialog.choose_format(Format(wanted))
    return dialog


def _export_running(theme: Theme) -> QWidget:
    """What every WorkDialog looks like at work."""
    dialog = _export(theme, "pdf", is_all=True)
    dialog.show_working(tr("{done} of {total} chats", done="12", total="40"), 12, 40)
    return dialog


def _export_done(theme: Theme) -> QWidget:
    from pathlib import Path

    from qwen_desktop.core.exchange.exporting import Exported
    from qwen_desktop.core.exchange.words import exported_words

    dialog = _export(theme, "md", is_all=True)
    dialog.show_working("…")
    dialog.show_done(exported_words(Exported(Path("/home/me/Qwen Desktop 2026-11-26"), 1234, 2)), has_folder=True)
    return dialog


def _import(theme: Theme) -> ImportDialog:
    """What a preview says, with something of everything."""
    from qwen_desktop.ui.views.import_dialog import ImportDialog

    dialog = ImportDialog(theme)
    dialog.show_preview(_found())
    return dialog


def _import_done(theme: Theme) -> QWidget:
    from qwen_desktop.core.exchange.words import imported_words

    dialog = _import(theme)
    dialog.show_working("…")
    dialog.show_result(imported_words(_found()), _found())
    return dialog


def _found() -> Summary:
    from datetime import UTC, datetime

    from qwen_desktop.core.exchange.importing import Candidate, Summary
    from qwen_desktop.core.exchange.problems import BadConversation, BadFile, BadPicture

    summary = Summary(problems=[BadFile("cut", path="conversations.json").sentence])
    summary.note(Candidate("Weather in Beijing", 12, datetime(2026, 3, 1, tzinfo=UTC)))
    summary.note(Candidate("List comprehensions", 2, datetime(2026, 2, 1, tzinfo=UTC), is_there=True))
    summary.note(Candidate("", problem=BadConversation("parent", "7").sentence))
    summary.note_pictures(14, [BadPicture("missing", "holiday.png").sentence, BadPicture("link", "plot.png").sentence])
    return summary


def _quick_ask(theme: Theme) -> QWidget:
    from qwen_desktop.ui.views.quick_ask import QuickAskWindow

    window = QuickAskWindow(theme, is_translucent=False)
    window.set_model("qwen3.7-plus")
    window.set_size(640, 420)
    window.open()
    return window


def _quick_ask_trouble(theme: Theme) -> QWidget:
    """With text, a line about it and a notice."""
    from qwen_desktop.ui.views.quick_ask import QuickAskWindow

    window = _quick_ask(theme)
    assert isinstance(window, QuickAskWindow)
    window.set_text("def f(x): return x + 1")
    window.set_state(is_running=False, has_reply=False, can_send=True)
    window.show_trouble(
        tr("No API key is set. Add your key, or try the demo."),
        [NoticeAction("key", tr("Set API key"), is_primary=True)],
    )
    return window


def _regions() -> list[tuple[str, str]]:
    from qwen_desktop.core.providers.regions import REGIONS

    return [(region.id, region.name) for region in REGIONS]
