"""Dicts that are made when somebody looks into them."""

from collections.abc import Callable
from typing import Any

__all__ = ["Later"]

_LOOKS = (
    *("__contains__", "__eq__", "__getitem__", "__iter__", "__len__", "__ne__", "__repr__"),
    *("__reversed__", "copy", "get", "items", "keys", "values"),
    *("__delitem__", "__ior__", "__setitem__", "clear", "pop", "popitem", "setdefault", "update"),
)


class Later(dict[str, Any]):
    """A dict that calls `make` for what it holds, at the first look; `|` is no look.

    Documentation takes longer to make than all else that happens when an application is imported.
    What reads a dict past its methods, as `json.dumps` does, is given `dict(later)`.
    """

    def __init__(self, make: Callable[[], dict[str, Any]]) -> None:
        super().__init__()
        self._make: Callable[[], dict[str, Any]] | None = make

    def __or__(self, other: Any) -> Any:
        """Both, later."""
        return Later(lambda: {**self, **other}) if isinstance(other, dict) else NotImplemented

    def __ror__(self, other: Any) -> Any:
        """Both, later."""
        return Later(lambda: {**other, **self}) if isinstance(other, dict) else NotImplemented

    def __reduce__(self) -> tuple[Any, ...]:
        """As the plain dict it has become."""
        return dict, (dict(self),)

    def made(self) -> None:
        """Make it now, if it is not."""
        make = self._make
        if make is not None:
            # Two threads may both do so: they make the same.
            super().update(make())
            self._make = None


def _looking(name: str) -> Callable[..., Any]:
    plain = getattr(dict, name)

    def look(self: Later, *given: Any, **named: Any) -> Any:
        self.made()
        return plain(self, *given, **named)

    return look


for _name in _LOOKS:
    setattr(Later, _name, _looking(_name))
