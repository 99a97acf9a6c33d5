"""Policy: a table of who may do what, and the one question every route asks it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tenure.auth import Actor
from tenure.errors import Forbidden, Unauthorized

__all__ = ["Grant", "Policy", "handed_over", "may", "own", "owned_by"]

ANYONE = "anyone"
SIGNED_IN = "signed_in"
_SAID = {"history": "see the history of", "update": "change"}


@dataclass(frozen=True, slots=True)
class Grant:
    """One line of a policy: `who` may do `actions`, with what is theirs only or with everything."""

    who: str
    actions: frozenset[str]
    own: bool


def may(who: str, *actions: str) -> Grant:
    """`who` (`anyone`, `signed_in` or a role) may do `actions` with every resource of the kind."""
    return Grant(who, frozenset(actions), own=False)


def own(who: str, *actions: str) -> Grant:
    """`who` may do `actions`, but only with what the actor owns."""
    return Grant(who, frozenset(actions), own=True)


class Policy:
    """Who may do what. Closed: what no grant allows is refused.

    `rules` maps a resource's name to its grants.
    """

    def __init__(self, rules: Mapping[str, Iterable[Grant]]) -> None:
        self._all: dict[tuple[str, str], set[str]] = {}
        self._own: dict[tuple[str, str], set[str]] = {}
        for resource, grants in rules.items():
            for grant in grants:
                table = self._own if grant.own else self._all
                for action in grant.actions:
                    table.setdefault((action, resource), set()).add(grant.who)

    def require(self, actor: Actor, action: str, resource: str) -> str | None:
        """Pass when `actor` may do `action`; the owner to which it is limited, or None for no limit.

        Raises Unauthorized (401) when signing in could help, else Forbidden (403). Asked before
        anything is looked up, so that a refusal never tells whether something exists.
        """
        key = action, resource
        if _includes(self._all.get(key), actor):
            return None
        if not actor.is_anonymous and _includes(self._own.get(key), actor):
            return actor.id
        wanted = f"{_SAID.get(action, action)} this {resource}".replace("_", " ")
        if actor.is_anonymous:
            raise Unauthorized(f"sign in to {wanted}")
        raise Forbidden(f"you may not {wanted}")

    def allows(self, actor: Actor, action: str, resource: str) -> bool:
        """Whether `require` would pass, with or without a limit to what the actor owns."""
        key = action, resource
        return _includes(self._all.get(key), actor) or (
            not actor.is_anonymous and _includes(self._own.get(key), actor)
        )


def owned_by(wanted: str | None, *, by: Actor, own: str | None) -> str:
    """The owner of something new: the one asked for, else the actor.

    Raises Forbidden when the actor is limited to what it owns (`own`) and asks for another owner.
    """
    if own is not None and wanted not in (None, own):
        raise Forbidden("you may create this for yourself only")
    return by.id if wanted is None else wanted


def handed_over(wanted: str | None, current: str, *, own: str | None) -> str:
    """The owner after a change: the one asked for, else the one there is.

    Raises Forbidden when the actor is limited to what it owns (`own`): giving something away would
    show its whole history to somebody else.
    """
    if own is not None and wanted not in (None, current):
        raise Forbidden("you may not give this to somebody else")
    return current if wanted is None else wanted


def _includes(granted: set[str] | None, actor: Actor) -> bool:
    if granted is None:
        return False
    if ANYONE in granted:
        return True
    if actor.is_anonymous:
        return False
    return SIGNED_IN in granted or not granted.isdisjoint(actor.roles)
