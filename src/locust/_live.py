"""Dicts that show counters which are kept elsewhere: one that is fetched again when read, one that writes back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, ItemsView, Iterator, KeysView, Mapping, ValuesView
from typing import Any, TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


class LiveDict(dict[Key, Value]):
    """A dict that fetches what the recorder has come to know whenever it is read."""

    def _refresh(self) -> None:
        raise NotImplementedError

    def __iter__(self) -> Iterator[Key]:
        self._refresh()
        return super().__iter__()

    def __len__(self) -> int:
        self._refresh()
        return super().__len__()

    def __contains__(self, key: object) -> bool:
        self._refresh()
        return super().__contains__(key)

    def __eq__(self, other: object) -> bool:
        self._refresh()
        return super().__eq__(other)

    def __repr__(self) -> str:
        self._refresh()
        return super().__repr__()

    def get(self, key: Key, default: Any = None) -> Any:
        self._refresh()
        return super().get(key, default)

    def keys(self) -> KeysView[Key]:  # type: ignore[override]  # typeshed wants the concrete class
        self._refresh()
        return super().keys()

    def values(self) -> ValuesView[Value]:  # type: ignore[override]
        self._refresh()
        return super().values()

    def items(self) -> ItemsView[Key, Value]:  # type: ignore[override]
        self._refresh()
        return super().items()

    def copy(self) -> dict[Key, Value]:
        return dict(self.items())

    def pop(self, key: Key, *default: Any) -> Any:
        if key not in self:
            return super().pop(key, *default)
        value = self[key]
        del self[key]
        return value

    def popitem(self) -> tuple[Key, Value]:
        self._refresh()
        key, value = super().popitem()
        super().__setitem__(key, value)
        del self[key]
        return key, value

    def setdefault(self, key: Key, default: Any = None) -> Any:
        if key not in self:
            self[key] = default
        return self[key]

    def update(self, *others: Any, **more: Any) -> None:
        for key, value in dict(*others, **more).items():
            self[key] = value


class WrittenDict(defaultdict[int, int]):
    """Counts that were read off a native entry; what is written into them goes back to it."""

    def __init__(self, counts: Mapping[int, int], write: Callable[[dict[int, int]], None]) -> None:
        super().__init__(int, counts)
        self._write = write

    def __missing__(self, key: int) -> int:
        # Reading must not write.
        dict.__setitem__(self, key, 0)
        return 0

    def __setitem__(self, key: int, value: int) -> None:
        super().__setitem__(key, value)
        self._write(self)

    def __delitem__(self, key: int) -> None:
        super().__delitem__(key)
        self._write(self)

    def __repr__(self) -> str:
        return f"defaultdict({int!r}, {dict(self)!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        return defaultdict, (int, dict(self))
