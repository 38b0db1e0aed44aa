"""Why a file, or one conversation of it, cannot be taken: named here, said in words when it is shown."""

from __future__ import annotations

from qwen_desktop.core.errors import QwenDesktopError
from qwen_desktop.core.words import describe, tr


class BadConversation(QwenDesktopError):
    """One conversation cannot be taken; the others are."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.detail = detail
        """Where in it, in the words of the format; no text of the chat."""

    @property
    def sentence(self) -> str:
        match self.reason:
            case "twice":
                return tr("Two of its messages have the number {id}.", id=self.detail)
            case "parent":
                return tr("What comes before message {id} is missing.", id=self.detail)
            case "empty":
                return tr("There are no messages in it.")
            case "large":
                return tr("It is larger than {size} MB.", size=self.detail)
            case "json":
                return tr("It is not valid JSON.")
            case "encoding":
                return tr("Its text is not in UTF-8. Save the file in UTF-8, then import it again.")
            case "unknown":
                return tr("It is not a conversation in a form this app knows.")
            case "deep":
                return tr("It is nested too deeply.")
            case "date":
                return tr("It has a date this app cannot store.")
        return tr("It is not as the format wants it: {detail}", detail=self.detail)


class BadFile(QwenDesktopError):
    """A file cannot be read to its end; what came before is kept in mind."""

    def __init__(self, reason: str, detail: str = "", *, path: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.detail = detail
        self.path = path

    @property
    def sentence(self) -> str:
        name = self.path
        match self.reason:
            case "missing":
                return tr("{name} is not there any more.", name=name)
            case "unreadable":
                return tr("{name} cannot be read: {detail}.", name=name, detail=self.detail)
            case "not_json":
                return tr(
                    "{name} holds no conversations in a form this app knows. It reads its own exports, those of "
                    "ChatGPT, and lists of messages in JSON.",
                    name=name,
                )
            case "cut":
                return tr("{name} ends in the middle. What comes before is complete.", name=name)
            case "deep":
                return tr("{name} is nested too deeply to be a list of conversations.", name=name)
            case "large":
                return tr("{name} is larger than this app reads.", name=name)
            case "zip":
                return tr("{name} is damaged or protected by a password, so it cannot be unpacked.", name=name)
            case "newer":
                return tr(
                    "{name} was written by a newer version of Qwen Desktop. Install the newer version to import it.",
                    name=name,
                )
        return tr("{name} cannot be read: {detail}.", name=name, detail=self.detail or self.reason)


class BadPicture(QwenDesktopError):
    """A picture of a conversation of another program cannot be taken; the conversation is."""

    def __init__(self, reason: str, name: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.name = name

    @property
    def sentence(self) -> str:
        name = self.name or tr("The picture")
        match self.reason:
            case "missing":
                return tr("{name} is not in the export.", name=name)
            case "path":
                return tr("{name} was refused: its path in the zip leads out of it.", name=name)
            case "link":
                return tr("{name} was refused: in the zip it is a link, not a file.", name=name)
            case "twice":
                return tr("{name} was refused: the zip holds more than one file of that name.", name=name)
            case "ratio":
                return tr("{name} was refused: it is packed far more tightly than a picture can be.", name=name)
            case "large":
                return tr("{name} was refused: it is too large.", name=name)
            case "encoded":
                return tr("{name} cannot be decoded.", name=name)
        return tr("{name} is damaged or protected by a password.", name=name)


class InTheWay(QwenDesktopError):
    """A file stands where a folder is to be, or one of that name is there already."""

    def __init__(self, path: str, *, is_folder_wanted: bool = False) -> None:
        super().__init__("in the way")
        self.path = path
        self.is_folder_wanted = is_folder_wanted

    @property
    def sentence(self) -> str:
        if self.is_folder_wanted:
            return tr("{path} is a file, not a folder. Choose another folder.", path=self.path)
        return tr("{path} is there already and was left as it is. Choose another name.", path=self.path)


class CannotPrint(QwenDesktopError):
    """The process that makes PDF files ended, or has no fonts, or no Qt."""

    @property
    def sentence(self) -> str:
        return tr("The PDF could not be made. Export a web page instead, and print that from a browser.")


def sentence_of(error: QwenDesktopError) -> str:
    """What went wrong with an export or an import, and what to do."""
    if isinstance(error, BadConversation | BadFile | BadPicture | InTheWay | CannotPrint):
        return error.sentence
    return describe(error).sentence
