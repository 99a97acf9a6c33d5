"""Who is asking: actors, the tokens that name them, and the key that signs the tokens."""

import contextlib
import secrets
import time
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol

import jwt
from starlette.requests import HTTPConnection

from tenure.disk import Disk, make_folder
from tenure.errors import Unauthorized

__all__ = ["Actor", "Tokens", "Verifier", "bearer", "key_file"]

_LONGEST_TOKEN = 8 * 1024
_SHORTEST_KEY = 32
_BAD = 'Bearer error="invalid_token"'
_NOBODY = "anonymous"


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody a verified token names, or the anonymous one who sent no token at all."""

    id: str
    roles: frozenset[str] = field(default_factory=frozenset)

    @property
    def is_anonymous(self) -> bool:
        """Whether nobody signed in; no token can name this actor."""
        return self.id == _NOBODY

    @staticmethod
    def anonymous() -> "Actor":
        """The actor of a request without a token."""
        return _ANONYMOUS


_ANONYMOUS = Actor(_NOBODY)


class Verifier(Protocol):
    """Turns what follows `Bearer ` into an actor, or raises Unauthorized.

    The seam for other issuers (OIDC, API keys). It runs in the event loop for every request, so it
    answers from memory; whatever has to be fetched is fetched elsewhere.
    """

    def verify(self, token: str) -> Actor:
        """The actor of a valid token; raises Unauthorized."""
        ...


class Tokens:
    """Issues and verifies signed tokens (JWT, HS256) with one secret key of at least 32 bytes.

    `issuer` and `audience`, when given, are written into every token and demanded of every token.
    `leeway` forgives clocks that differ. Verified tokens are remembered until they expire, at most
    `remember` of them, so that a signature is checked once and not for every request.
    """

    def __init__(
        self,
        key: bytes,
        *,
        issuer: str | None = None,
        audience: str | None = None,
        leeway: timedelta = timedelta(seconds=10),
        remember: int = 4096,
    ) -> None:
        if len(key) < _SHORTEST_KEY:
            raise ValueError(f"a key that signs tokens has at least {_SHORTEST_KEY} bytes")
        self._key = key
        self._issuer = issuer
        self._audience = audience
        self._leeway = leeway.total_seconds()
        self._remember = remember
        self._seen: OrderedDict[str, tuple[Actor, float]] = OrderedDict()

    def issue(
        self,
        subject: str,
        roles: Iterable[str] = (),
        *,
        lifetime: timedelta = timedelta(hours=1),
    ) -> str:
        """A token that says who somebody is, until `lifetime` has passed."""
        now = time.time()
        claims: dict[str, Any] = {
            "sub": subject,
            "roles": sorted(roles),
            "iat": int(now),
            "exp": int(now + lifetime.total_seconds()),
        }
        if self._issuer is not None:
            claims["iss"] = self._issuer
        if self._audience is not None:
            claims["aud"] = self._audience
        return jwt.encode(claims, self._key, algorithm="HS256")

    def verify(self, token: str) -> Actor:
        """The actor a token names; raises Unauthorized when it is forged, expired or not for us."""
        seen = self._seen.get(token)
        if seen is None:
            return self._check(token)
        if time.time() >= seen[1]:
            self._seen.pop(token, None)
            raise _refused("the token has expired")
        self._seen.move_to_end(token)
        return seen[0]

    def _check(self, token: str) -> Actor:
        if len(token) > _LONGEST_TOKEN:
            raise _refused("the token is too long")
        try:
            claims = jwt.decode(
                token,
                self._key,
                algorithms=["HS256"],  # pinned: what the token's own header says is not a choice
                issuer=self._issuer,
                audience=self._audience,
                leeway=self._leeway,
                options={"require": self._required()},
            )
        except jwt.ExpiredSignatureError:
            raise _refused("the token has expired") from None
        except (jwt.InvalidIssuerError, jwt.InvalidAudienceError):
            raise _refused("the token was made for somebody else") from None
        except (jwt.PyJWTError, ValueError, TypeError):
            raise _refused("the token is not valid") from None
        actor = _actor(claims)
        self._seen[token] = (actor, float(claims["exp"]) + self._leeway)
        if len(self._seen) > self._remember:
            self._seen.popitem(last=False)
        return actor

    def _required(self) -> list[str]:
        return [
            "exp",
            "sub",
            *(["iss"] if self._issuer else []),
            *(["aud"] if self._audience else []),
        ]


def bearer(request: HTTPConnection, verifier: Verifier) -> Actor:
    """Who sent a request: anonymous without an Authorization header.

    Raises Unauthorized (401, with WWW-Authenticate) for a token that does not hold, or for another
    scheme: who tries to sign in and fails is never taken for anonymous.
    """
    # The raw list is read because building a Headers object would cost more than all the rest.
    for name, value in request.scope["headers"]:
        if name == b"authorization":
            scheme, _, token = value.decode("latin-1").partition(" ")
            if scheme.lower() != "bearer" or not token.strip():
                raise _refused("only `Authorization: Bearer <token>` is understood")
            return verifier.verify(token.strip())
    return _ANONYMOUS


def key_file(path: Path) -> bytes:
    """The secret key kept in a file that only its owner may read; made on first use.

    Several processes may start at once: the first to finish writing wins, all read its key.
    """
    with contextlib.suppress(FileNotFoundError):
        return path.read_bytes()
    disk = Disk()
    make_folder(disk, path.parent.absolute(), set())
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    file = disk.create(draft, 0o600)
    try:
        try:
            file.write(secrets.token_hex(32).encode("ascii"))
            file.sync()
        finally:
            file.close()
        with contextlib.suppress(FileExistsError):
            disk.link(draft, path)  # a link never replaces a key another process has just made
    finally:
        disk.unlink(draft)
    # What it has signed is believed no longer when it is lost.
    disk.sync_folder(path.parent)
    return disk.read(path)


def _actor(claims: Mapping[str, Any]) -> Actor:
    subject, roles = claims["sub"], claims.get("roles", [])
    if not isinstance(subject, str) or not subject or subject == _NOBODY:
        raise _refused("the token does not say who it is for")
    if not isinstance(roles, list) or not all(isinstance(role, str) for role in roles):
        raise _refused("the roles in the token are not a list of names")
    return Actor(subject, frozenset(roles))


def _refused(why: str) -> Unauthorized:
    return Unauthorized(why, headers={"WWW-Authenticate": f'{_BAD}, error_description="{why}"'})
