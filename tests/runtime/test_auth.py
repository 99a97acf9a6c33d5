"""Tokens name actors; what is forged, old or meant for others does not."""

import stat
from datetime import timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
from starlette.requests import Request
from tenure.auth import Actor, Tokens, bearer, key_file
from tenure.errors import Unauthorized

KEY = b"k" * 32


def asking(*authorization: str) -> Request:
    headers = [(b"authorization", value.encode()) for value in authorization]
    return Request({"type": "http", "headers": headers})


def signed(claims: dict[str, Any], key: bytes = KEY, algorithm: str = "HS256") -> str:
    return jwt.encode(claims, key, algorithm=algorithm)


@pytest.fixture
def tokens() -> Tokens:
    return Tokens(KEY)


def test_a_token_names_the_actor_it_was_issued_to(tokens: Tokens) -> None:
    actor = tokens.verify(tokens.issue("ada", ["staff", "admin"]))
    assert actor == Actor("ada", frozenset({"staff", "admin"}))
    assert not actor.is_anonymous


def test_a_request_without_a_token_is_anonymous(tokens: Tokens) -> None:
    assert bearer(asking(), tokens).is_anonymous
    assert bearer(asking(), tokens).roles == frozenset()


def test_a_good_token_under_another_scheme_is_refused(tokens: Tokens) -> None:
    with pytest.raises(Unauthorized):
        bearer(asking(f"Basic {tokens.issue('ada')}"), tokens)


def test_the_scheme_is_read_in_any_case(tokens: Tokens) -> None:
    assert bearer(asking(f"bearer {tokens.issue('ada')}"), tokens).id == "ada"


@pytest.mark.parametrize("value", ["Basic YWRhOmFkYQ==", "Bearer", "Bearer  ", "", "x"])
def test_another_scheme_is_refused_and_not_taken_for_anonymous(tokens: Tokens, value: str) -> None:
    with pytest.raises(Unauthorized) as refused:
        bearer(asking(value), tokens)
    assert refused.value.headers["WWW-Authenticate"].startswith("Bearer ")


@pytest.mark.parametrize(
    "token",
    [
        "no.token.at-all",
        "",
        "x" * 10_000,
        signed({"sub": "ada", "exp": 9_999_999_999}, b"o" * 32),
        signed({"sub": "ada", "exp": 9_999_999_999}, b"k" * 64, "HS512"),
        signed({"sub": "ada"}),
        signed({"exp": 9_999_999_999}),
        signed({"sub": "", "exp": 9_999_999_999}),
        signed({"sub": "anonymous", "exp": 9_999_999_999}),
        signed({"sub": "ada", "roles": "admin", "exp": 9_999_999_999}),
        signed({"sub": "ada", "roles": [1], "exp": 9_999_999_999}),
        jwt.encode({"sub": "ada", "exp": 9_999_999_999}, None, algorithm="none"),
    ],
)
def test_a_token_that_does_not_hold_is_refused(tokens: Tokens, token: str) -> None:
    with pytest.raises(Unauthorized):
        tokens.verify(token)


def test_another_algorithm_with_the_same_key_is_refused(tokens: Tokens) -> None:
    long = b"k" * 64
    with pytest.raises(Unauthorized):
        Tokens(long).verify(signed({"sub": "ada", "exp": 9_999_999_999}, long, "HS512"))


def test_a_token_expires_even_when_it_was_verified_before() -> None:
    tokens = Tokens(KEY, leeway=timedelta(0))
    token = tokens.issue("ada", lifetime=timedelta(seconds=1.2))
    assert tokens.verify(token).id == "ada"
    cached = tokens._seen[token]
    tokens._seen[token] = (cached[0], 0.0)
    with pytest.raises(Unauthorized, match="expired"):
        tokens.verify(token)
    with pytest.raises(Unauthorized, match="expired"):
        Tokens(KEY, leeway=timedelta(0)).verify(tokens.issue("ada", lifetime=timedelta(seconds=-1)))


def test_clocks_may_differ_by_the_leeway() -> None:
    late = Tokens(KEY).issue("ada", lifetime=timedelta(seconds=-5))
    assert Tokens(KEY, leeway=timedelta(seconds=30)).verify(late).id == "ada"


def test_a_token_of_another_issuer_or_audience_is_refused() -> None:
    ours = Tokens(KEY, issuer="bakery", audience="shop")
    assert ours.verify(ours.issue("ada")).id == "ada"
    for others in (
        Tokens(KEY, issuer="butcher", audience="shop"),
        Tokens(KEY, issuer="bakery", audience="office"),
        Tokens(KEY),
    ):
        with pytest.raises(Unauthorized):
            ours.verify(others.issue("ada"))


def test_the_signature_of_a_known_token_is_not_checked_again(
    tokens: Tokens, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = tokens.issue("ada")
    first = tokens.verify(token)
    monkeypatch.setattr(jwt, "decode", None)
    assert tokens.verify(token) is first


def test_only_so_many_tokens_are_remembered_and_the_used_ones_stay() -> None:
    tokens = Tokens(KEY, remember=2)
    first, second, third = (tokens.issue(name) for name in ("a", "b", "c"))
    for token in (first, second, first, third):
        tokens.verify(token)
    assert list(tokens._seen) == [first, third]


def test_a_refused_token_is_not_remembered(tokens: Tokens) -> None:
    with pytest.raises(Unauthorized):
        tokens.verify("no.token.here")
    assert not tokens._seen


def test_a_short_key_is_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Tokens(b"short")


def test_no_refusal_repeats_the_token(tokens: Tokens) -> None:
    with pytest.raises(Unauthorized) as refused:
        tokens.verify("hunter2.hunter2.hunter2")
    assert "hunter2" not in refused.value.detail + str(refused.value.headers)


def test_a_key_file_is_made_once_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    path = tmp_path / "data" / "secret.key"
    key = key_file(path)
    assert len(key) >= 32
    assert key_file(path) == key
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in path.parent.iterdir()] == ["secret.key"]
    assert key_file(tmp_path / "other.key") != key
