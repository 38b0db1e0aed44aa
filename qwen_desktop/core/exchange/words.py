"""What an export or an import did, in a sentence."""

from __future__ import annotations

from qwen_desktop.core.exchange.exporting import Exported
from qwen_desktop.core.exchange.importing import Summary
from qwen_desktop.core.words import tr


def exported_words(done: Exported) -> str:
    """How much was written, and where."""
    if done.conversations == 1:
        words = tr("1 chat was exported to {path}.", path=str(done.path))
    else:
        words = tr("{count} chats were exported to {path}.", count=f"{done.conversations:,}", path=str(done.path))
    return _together([words, _missing(done.missing_pictures)])


def found_words(summary: Summary) -> str:
    """What a preview found."""
    parts = [tr("{count} new", count=f"{summary.new:,}")]
    if summary.there:
        parts.append(tr("{count} already there", count=f"{summary.there:,}"))
    if summary.bad:
        parts.append(tr("{count} that cannot be imported", count=f"{summary.bad:,}"))
    words = [tr("Chats found: {parts}. Messages in the new ones: {messages}.",
                parts=" · ".join(parts), messages=f"{summary.messages:,}")]  # fmt: skip
    if summary.pictures:
        words.append(tr("Pictures in them: {count}.", count=f"{summary.pictures:,}"))
    words.append(_not_taken(summary))
    return _together(words)


def imported_words(summary: Summary) -> str:
    """What an import did."""
    words = [tr("{count} chats were imported.", count=f"{summary.new:,}")]
    if summary.new < 2:
        words = [tr("1 chat was imported.") if summary.new else tr("No chat was imported.")]
    if summary.there:
        words.append(tr("{count} were there already and were skipped.", count=f"{summary.there:,}"))
    if summary.bad:
        words.append(tr("{count} could not be imported.", count=f"{summary.bad:,}"))
    if summary.pictures:
        words.append(tr("Pictures taken: {count}.", count=f"{summary.pictures:,}"))
    words.append(_not_taken(summary) or _missing(summary.missing_pictures))
    return _together(words)


def _together(sentences: list[str]) -> str:
    """One after another; Chinese has no space between them."""
    return " ".join(sentence for sentence in sentences if sentence).replace("。 ", "。")


def _not_taken(summary: Summary) -> str:
    if not summary.picture_problems:
        return ""
    return tr("Pictures that cannot be taken: {count}. The chats name them.", count=f"{summary.missing_pictures:,}")


def _missing(count: int) -> str:
    if not count:
        return ""
    return tr("{count} pictures are missing: their files are gone.", count=f"{count:,}")
