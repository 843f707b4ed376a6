"""What a post to `/swarm` asks for: pure decisions, in upstream's words."""

from __future__ import annotations

from typing import Any

TRUE = "true"


def like(old: Any, texts: list[str]) -> Any:
    """A form's value in the type that the option had.

    Raises:
        ValueError: the text isn't of that type.
    """
    text = texts[-1]
    if isinstance(old, bool):
        return text.lower() == TRUE
    if isinstance(old, list):
        parts = texts if len(texts) > 1 else [part.strip() for part in text.split(",") if part.strip()]
        return [type(old[0])(part) if old else part for part in parts]
    if old is None:
        return text
    if isinstance(old, (int, float)):
        return type(old)(text)
    return text


def whole_number(text: str) -> int:
    """The number of users.

    Raises:
        ValueError: in upstream's words.
    """
    try:
        return int(text)
    except ValueError:
        raise ValueError(f"Invalid user_count value: {text!r} (must be an integer)") from None


def clean_host(host: str) -> str:
    """Without what could open a tag: older clients show it as it is."""
    return host.replace("<", "").replace(">", "")
