"""What replies took to words: the quiet status line, and the details that are folded away.  No Qt."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING

from qwen_desktop.core.chat.message import MessageStatus
from qwen_desktop.core.chat.price import amount_words
from qwen_desktop.core.words import status_words, tr

if TYPE_CHECKING:
    from qwen_desktop.core.chat.message import Cost, Message
    from qwen_desktop.core.chat.sums import Sums


def ended_words(reply: Message, chat: Sums | None = None) -> str:
    """How the last reply ended, what it took, and what its `chat` cost in all; a demo's cost nothing."""
    parts = []
    if reply.status in (MessageStatus.STOPPED, MessageStatus.INTERRUPTED, MessageStatus.FAILED):
        parts.append(status_words(reply.status, 0.0))
    usage = reply.usage
    if usage is not None and not reply.is_demo:
        has_input, has_output = usage.input_tokens is not None, usage.output_tokens is not None
        if has_input:
            tokens = f"{usage.input_tokens:,}"
            parts.append(
                tr("input {tokens}", tokens=tokens) if has_output else tr("input {tokens} tokens", tokens=tokens)
            )
        if has_output:
            parts.append(tr("output {tokens} tokens", tokens=f"{usage.output_tokens:,}"))
        if has_input or has_output:
            parts += [words] if (words := cost_words(reply.cost)) else []
    is_more = chat is not None and chat.replies + chat.titles > 1
    if chat is not None and is_more and (words := amounts_words(chat.amounts, is_least=bool(chat.unknown))):
        parts.append(tr("this chat {amount}", amount=words))
    return " · ".join(parts)


def cost_words(cost: Cost | None) -> str:
    """An amount, that it is not known, or '' where nothing is paid."""
    if cost is None:
        return tr("price not known")
    return amounts_words({cost.currency: cost.amount}, is_least=cost.is_least) if cost.amount else ""


def amounts_words(amounts: Mapping[str, Decimal], *, is_least: bool = False) -> str:
    """Sums of several currencies; '' when there is none."""
    words = " + ".join(amount_words(amount, currency) for currency, amount in amounts.items() if amount)
    return tr("at least {amount}", amount=words) if words and is_least else words


def usage_details(reply: Message, chat: Sums | None = None) -> str:
    """One line for each number there is: of the reply, then of its chat; '' when there is none."""
    lines = []
    usage = reply.usage
    if usage is not None and not reply.is_demo:
        if usage.input_tokens is not None:
            lines.append(tr("Input: {tokens} tokens", tokens=f"{usage.input_tokens:,}"))
        if usage.cached_tokens is not None:
            lines.append(tr("Of these from the cache: {tokens} tokens", tokens=f"{usage.cached_tokens:,}"))
        if usage.output_tokens is not None:
            lines.append(tr("Output: {tokens} tokens", tokens=f"{usage.output_tokens:,}"))
        if usage.reasoning_tokens is not None:
            lines.append(tr("Of these reasoning: {tokens} tokens", tokens=f"{usage.reasoning_tokens:,}"))
        lines += _cost_lines(reply.cost)
        if reply.continuations:
            lines.append(tr("The sum of {count} requests: it was continued.", count=len(reply.continuations) + 1))
    if chat is not None and chat.replies:
        lines += ["", *_chat_lines(chat)] if lines else _chat_lines(chat)
    return "\n".join(lines)


def _cost_lines(cost: Cost | None) -> list[str]:
    if cost is None:
        return [tr("Cost: not known, since the price of this model here is not known")]
    if not cost.amount:
        return [tr("Cost: none")]
    lines = [tr("Cost: {amount}", amount=cost_words(cost))]
    if cost.priced_on is None:
        lines.append(tr("By your own price"))
    else:
        lines.append(tr("By the price of {date}", date=cost.priced_on.isoformat()))
    if cost.is_least:
        lines.append(tr("A part of it was not counted by the service."))
    return lines


def _chat_lines(chat: Sums) -> list[str]:
    lines = [
        tr("This chat with all its versions: {n} replies", n=chat.replies),
        *([tr("And its title, by a model")] if chat.titles else []),
        tr("Input: {tokens} tokens", tokens=f"{chat.input_tokens:,}"),
        tr("Output: {tokens} tokens", tokens=f"{chat.output_tokens:,}"),
    ]
    if words := amounts_words(chat.amounts):
        lines.append(tr("Cost: {amount}", amount=words))
    if chat.unknown:
        lines.append(tr("Replies whose cost is not known in full: {count}", count=f"{chat.unknown:,}"))
    return lines
