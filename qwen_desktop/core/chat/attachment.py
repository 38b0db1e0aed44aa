"""A file that goes with a prompt: what it is and where its bytes lie, without the bytes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Attachment:
    """One picture of a prompt.  Its bytes lie in `attachments/`, under their digest, exactly as they are sent."""

    digest: str
    """SHA-256 of the bytes, in hexadecimal; names the file."""
    media_type: str
    """'image/jpeg' or 'image/png'."""
    size_bytes: int
    width: int
    """In pixels, as it is seen: turned upright already."""
    height: int
    name: str = ""
    """What the user's file was called, without its folder; '' for a pasted picture."""
