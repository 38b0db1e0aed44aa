"""A whole turn out of the middle of a conversation, and exactly back.

The prompt goes with all its replies; what had followed one of them hangs where the prompt hung, as a version beside the
others there.  Nothing is erased.  The undo needs what had been moved, so it lasts as long as the notice that offers it.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import TYPE_CHECKING

from qwen_desktop.core.chat.message import Role
from qwen_desktop.core.storage import tree
from qwen_desktop.core.storage.database import transaction
from qwen_desktop.core.storage.rows import now

if TYPE_CHECKING:
    from qwen_desktop.core.chat.conversation import Conversation
    from qwen_desktop.core.storage.conversations import History


@dataclass(frozen=True, slots=True)
class Moved:
    """A message that hangs elsewhere now, and where it hung."""

    message_id: int
    parent_id: int
    sibling_index: int


@dataclass(frozen=True, slots=True)
class DeletedTurn:
    """What went and what moved, and what is left to show."""

    conversation: Conversation
    """Along its current path as it is now."""
    prompt_id: int
    ids: frozenset[int]
    moved: tuple[Moved, ...]
    leaf_id: int | None
    """Where the current path ended before."""


async def delete_turn(history: History, prompt_id: int) -> DeletedTurn:
    """Put a prompt and all its replies aside; later turns stay.  Raises LookupError, for what is no prompt too."""

    def write(db: sqlite3.Connection) -> DeletedTurn:
        with transaction(db):
            prompt = tree.read_kept_message(db, prompt_id)
            if prompt.role is not Role.USER:
                raise LookupError(f"message {prompt_id} is no prompt")
            place = prompt.conversation_id
            (leaf_id,) = db.execute("SELECT current_message_id FROM conversation WHERE id = ?", (place,)).fetchone()
            rows = db.execute(
                "SELECT n.id, n.parent_id, n.sibling_index FROM message r JOIN message n ON n.parent_id = r.id"
                " WHERE r.parent_id = ?1 AND r.role <> 'user' AND r.deleted_at IS NULL AND n.deleted_at IS NULL"
                # An import may have prompts that follow each other without a reply.
                " UNION SELECT id, parent_id, sibling_index FROM message"
                " WHERE parent_id = ?1 AND role = 'user' AND deleted_at IS NULL ORDER BY 1",
                (prompt_id,),
            ).fetchall()
            moved = tuple(Moved(*row) for row in rows)
            for one in moved:
                _hang(db, place, one.message_id, prompt.parent_id)
            ids = tree.put_aside(db, prompt_id, now())
            return DeletedTurn(tree.read_conversation(db, place), prompt_id, ids, moved, leaf_id)

    return await history.write_beside(write)


async def undelete_turn(history: History, deleted: DeletedTurn) -> Conversation:
    """Bring it back, with what had followed below it again; the current path ends where it ended, or where it does now.

    What was written since stays where it was written.  Raises LookupError.
    """

    def write(db: sqlite3.Connection) -> Conversation:
        with transaction(db):
            place = tree.read_message(db, deleted.prompt_id).conversation_id
            (leaf_id,) = db.execute("SELECT current_message_id FROM conversation WHERE id = ?", (place,)).fetchone()
            for one in deleted.moved:
                _hang(db, place, one.message_id, one.parent_id, one.sibling_index)
            tree.bring_back(db, deleted.prompt_id, deleted.leaf_id)
            if leaf_id in tree.kept_below(db, deleted.prompt_id):  # a later turn than then
                tree.set_current(db, place, leaf_id)
            return tree.read_conversation(db, place)

    return await history.write_beside(write)


def _hang(
    db: sqlite3.Connection, place: int, message_id: int, parent_id: int | None, sibling_index: int | None = None
) -> None:
    """Below another parent, at that place if it is free, else after all others."""
    taken = {
        row[0]
        for row in db.execute(
            "SELECT sibling_index FROM message WHERE conversation_id = ? AND ifnull(parent_id, 0) = ? AND id <> ?",
            (place, parent_id or 0, message_id),
        )
    }
    index = max(taken, default=-1) + 1 if sibling_index is None or sibling_index in taken else sibling_index
    db.execute("UPDATE message SET parent_id = ?, sibling_index = ? WHERE id = ?", (parent_id, index, message_id))
