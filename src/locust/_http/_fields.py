"""Header fields of FastHttpUser: a dictionary that ignores case and keeps what was sent twice."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

_MISSING = object()


class Headers:
    """Header fields by name, whatever its case. A field sent several times has a list for its value.

    Iterating gives lower-case names, `items()` each field as it was sent.
    """

    __slots__ = ("_fields", "_on_change")

    def __init__(self, headers: Any = None, **fields: str) -> None:
        self._fields: dict[str, list[tuple[str, str]]] = {}
        self._on_change: Callable[[], None] | None = None
        self.update(headers, **fields)

    @classmethod
    def of(cls, items: list[tuple[str, str]]) -> Headers:
        """The fields of a response."""
        headers = cls.__new__(cls)
        headers._on_change = None
        fields: dict[str, list[tuple[str, str]]] = {}
        headers._fields = fields
        for field in items:
            name = field[0].lower()
            if name in fields:
                fields[name].append(field)
            else:
                fields[name] = [field]
        return headers

    def _changed(self) -> None:
        if self._on_change is not None:
            self._on_change()

    def __setitem__(self, field: str, value: Any) -> None:
        values = value if isinstance(value, list | tuple) else [value]
        self._fields[field.lower()] = [(field, str(value)) for value in values]
        self._changed()

    def __getitem__(self, field: str) -> str | list[str]:
        try:
            found = self._fields[field.lower()]
        except KeyError:
            raise KeyError(field) from None
        return found[0][1] if len(found) == 1 else [value for _, value in found]

    def __delitem__(self, field: str) -> None:
        del self._fields[field.lower()]
        self._changed()

    def __contains__(self, field: object) -> bool:
        return isinstance(field, str) and field.lower() in self._fields

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def __len__(self) -> int:
        return sum(len(found) for found in self._fields.values())

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Headers | Mapping):
            return NotImplemented
        others = other if isinstance(other, Headers) else Headers(other)
        return list(self.iterlower()) == list(others.iterlower())

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Headers({self.compatible_dict()!r})"

    def __str__(self) -> str:
        return "\r\n".join(f"{name}: {value}" for name, value in self.items())

    def add(self, field: str, value: Any) -> None:
        """Adds a value to those the field has."""
        values = value if isinstance(value, list | tuple) else [value]
        self._fields.setdefault(field.lower(), []).extend((field, str(value)) for value in values)
        self._changed()

    def get(self, field: str, default: Any = None) -> Any:
        """The field's value, a list when it has several."""
        try:
            return self[field]
        except KeyError:
            return default

    def get_all(self, field: str, failobj: Any = None) -> Any:
        """All values of a field."""
        found = self._fields.get(field.lower())
        return failobj if found is None else [value for _, value in found]

    def getlist(self, field: str) -> list[str]:
        """All values of a field; none is an empty list."""
        return [value for _, value in self._fields.get(field.lower(), ())]

    getheaders = getlist

    def setdefault(self, field: str, default: str = "") -> Any:
        """The field's value, set to `default` first if it has none."""
        if field not in self:
            self[field] = default
        return self[field]

    def pop(self, field: str, default: Any = _MISSING) -> Any:
        """Removes a field and gives its value."""
        if field not in self and default is not _MISSING:
            return default
        value = self[field]
        del self[field]
        return value

    def discard(self, field: str) -> None:
        """Removes a field if it is there."""
        self.pop(field, None)

    def update(self, headers: Any = None, **fields: str) -> None:
        """Sets fields from a mapping or from pairs."""
        for name, value in (*_pairs(headers), *fields.items()):
            self[name] = value

    def extend(self, headers: Any = None, **fields: str) -> None:
        """Adds fields from a mapping or from pairs to those there are."""
        for name, value in (*_pairs(headers), *fields.items()):
            self.add(name, value)

    def copy(self) -> Headers:
        """Another object with the same fields."""
        other = Headers()
        other.extend(self)
        return other

    def keys(self) -> Iterable[str]:
        """Lower-case names."""
        return self._fields.keys()

    def values(self) -> list[str | list[str]]:
        """The value of each name, a list where it has several."""
        return [self[name] for name in self._fields]

    def items(self) -> Iterator[tuple[str, str]]:
        """Each field as it was sent."""
        for found in self._fields.values():
            yield from found

    def iterlower(self) -> Iterator[tuple[str, str]]:
        """Each field with its name in lower case."""
        for name, found in self._fields.items():
            for _, value in found:
                yield name, value

    def itermerged(self) -> Iterator[tuple[str, str]]:
        """Each name once, several values joined by `, `."""
        for found in self._fields.values():
            yield found[0][0], ", ".join(value for _, value in found)

    def compatible_dict(self) -> dict[str, str]:
        """A plain dictionary of `itermerged`."""
        return dict(self.itermerged())


def _pairs(headers: Any) -> Iterable[tuple[str, Any]]:
    if not headers:
        return ()
    if isinstance(headers, Headers):
        return headers.items()
    return headers.items() if isinstance(headers, Mapping) else headers
