"""Merging one statement: arguments, members and keys between its brackets, each by its name."""

from __future__ import annotations

import io
import re
import token as kinds
import tokenize
from collections.abc import Sequence
from dataclasses import dataclass

from freehold.merge.sequence import DisagreeError, merge_parts

__all__ = ["merge_statement", "normal", "parted"]

OPEN = {"(": ")", "[": "]", "{": "}"}
LAYOUT = {kinds.NL, kinds.ENDMARKER, kinds.ENCODING}
# What gives a text its lines and blocks, which one statement has none of.
MARKS = {kinds.NEWLINE: "\n", kinds.INDENT: ">>", kinds.DEDENT: "<<"}
FSTRING_START, FSTRING_END = getattr(kinds, "FSTRING_START", -1), getattr(kinds, "FSTRING_END", -1)
LABELS = {"=", ":"}
WRAPPED = re.compile(r"((?:^return|[^=<>!]=) )\(\n *([^\n]*[^\n,])\n\)$")


@dataclass(frozen=True, slots=True)
class Word:
    """One token, and whether a blank stands before it."""

    text: str
    spaced: bool
    line: int
    is_comment: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """A pair of brackets and what it holds."""

    open: str
    chunks: tuple[Chunk, ...]
    is_tall: bool  # it goes over several lines
    has_comma: bool  # behind the last chunk too
    is_called: bool  # a name stands before it: what is in it is arguments, not a tuple
    rest: tuple[str, ...]  # comments behind the last chunk


Piece = Word | Group


@dataclass(frozen=True, slots=True)
class Chunk:
    """What stands between two commas, with the comments that belong to it."""

    above: tuple[str, ...]
    pieces: tuple[Piece, ...]
    behind: str  # a comment at the end of its line

    @property
    def key(self) -> str:
        label = _label(self.pieces)
        if label is not None:
            return label
        if _is_call(self.pieces):
            return f"{_plain(self.pieces[:-1])}({_first(self.pieces[-1])}"
        return _plain(self.pieces)

    @property
    def is_named(self) -> bool:
        return _label(self.pieces) is not None or _is_call(self.pieces)

    @property
    def content(self) -> str:
        return "\n".join((*self.above, _plain(self.pieces), self.behind))

    @property
    def like(self) -> str:
        return (
            _plain(self.pieces[:-1]) if self.pieces and isinstance(self.pieces[-1], Group) else ""
        )


def normal(text: str) -> str:
    """The text without its layout: tokens and comments, no optional commas; itself if it is not Python."""
    try:
        return _plain(_parsed(text))
    except (tokenize.TokenError, SyntaxError, IndexError, DisagreeError):
        return text


def parted(text: str) -> tuple[str, str]:
    """A statement, and the comment behind it at the end of its last line.

    Black puts a value that is too long for its line into brackets, with the comment: they go.
    """
    text = WRAPPED.sub(r"\1\2", text)
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
    except (tokenize.TokenError, SyntaxError):
        return text, ""
    for one in reversed(tokens):
        if one.type == kinds.COMMENT:
            lines = text.split("\n")
            is_behind = one.start[0] == len(lines) and lines[-1][: one.start[1]].strip()
            return (text[: -len(one.string)].rstrip(), one.string) if is_behind else (text, "")
        if one.type not in LAYOUT and one.type not in MARKS:
            break
    return text, ""


def merge_statement(base: str, mine: str, new: str) -> str:
    """One statement out of three, on as few lines as its brackets allow; DisagreeError when it cannot be."""
    try:
        parsed = [_parsed(text, is_one=True) for text in (base, mine, new)]
    except (tokenize.TokenError, SyntaxError, IndexError):
        raise DisagreeError from None
    return _text(_merged(*parsed))


def _parsed(text: str, is_one: bool = False) -> tuple[Piece, ...]:
    words = _words_of(text)
    if words and words[-1].text == "\n":
        words.pop()
    if is_one and any(word.text in MARKS.values() and word.line < 0 for word in words):
        raise SyntaxError
    pieces, rest = _pieces(words, None)
    if rest:
        raise SyntaxError
    return tuple(pieces)


def _words_of(text: str) -> list[Word]:
    lines = text.splitlines(keepends=True)
    words: list[Word] = []
    end = (1, 0)
    deep, start = 0, (0, 0)  # inside f-strings, which are one word whatever is in them
    for one in tokenize.generate_tokens(io.StringIO(text).readline):
        if one.type == FSTRING_START:
            start = one.start if deep == 0 else start
            deep += 1
        elif one.type == FSTRING_END:
            deep -= 1
            if deep == 0:
                words.append(Word(_cut(lines, start, one.end), start != end, one.end[0]))
                end = one.end
        elif deep or one.type in LAYOUT:
            continue
        elif one.type in MARKS:
            words.append(Word(MARKS[one.type], False, -1))
        else:
            is_comment = one.type == kinds.COMMENT
            words.append(Word(one.string, one.start != end, one.start[0], is_comment))
            end = one.end
    while words and words[-1].text == "<<":
        words.pop()
    return words


def _cut(lines: list[str], start: tuple[int, int], end: tuple[int, int]) -> str:
    if start[0] == end[0]:
        return lines[start[0] - 1][start[1] : end[1]]
    middle = lines[start[0] : end[0] - 1]
    return "".join([lines[start[0] - 1][start[1] :], *middle, lines[end[0] - 1][: end[1]]])


def _pieces(words: list[Word], close: str | None) -> tuple[list[Piece], list[Word]]:
    """Pieces up to the closing bracket, and the words from there on."""
    pieces: list[Piece] = []
    while words and words[0].text != close:
        word = words[0]
        if word.text in OPEN and not word.is_comment:
            inner, after = _pieces(words[1:], OPEN[word.text])
            closing = after[0]
            chunks, rest = _chunks(inner)
            before = pieces[-1] if pieces else None
            is_called = not word.spaced and (
                isinstance(before, Group)
                or (before is not None and before.text[-1:].isidentifier())
            )
            codes = [p for p in inner if isinstance(p, Group) or (p.text and not p.is_comment)]
            has_comma = bool(codes) and isinstance(codes[-1], Word) and codes[-1].text == ","
            tall = closing.line > word.line
            pieces.append(Word("", word.spaced, word.line))
            pieces.append(Group(word.text, chunks, tall, has_comma, is_called, rest))
            words = after[1:]
        else:
            pieces.append(word)
            words = words[1:]
    return pieces, words


def _chunks(pieces: list[Piece]) -> tuple[tuple[Chunk, ...], tuple[str, ...]]:
    """Apart at the commas; a comment on the line of a comma belongs to what stands before it."""
    found: list[Chunk] = []
    above: list[str] = []
    held: list[Piece] = []
    line = -1
    for piece in pieces:
        if isinstance(piece, Word) and piece.is_comment:
            if held:
                raise DisagreeError  # a comment in the middle of an expression has no safe place
            if found and piece.line == line and not above:
                last = found[-1]
                found[-1] = Chunk(last.above, last.pieces, piece.text)
            else:
                above.append(piece.text)
        elif isinstance(piece, Word) and piece.text == ",":
            found.append(Chunk(tuple(above), tuple(held), ""))
            above, held, line = [], [], piece.line
        else:
            held.append(piece)
    if any(not isinstance(piece, Word) or piece.text for piece in held):
        found.append(Chunk(tuple(above), tuple(held), ""))
        above = []
    return tuple(found), tuple(above)


def _label(pieces: Sequence[Piece]) -> str | None:
    """`name` of `name=value`, `"key"` of `"key": value`, `name` of `name: Type = value`."""
    for number, piece in enumerate(pieces):
        if isinstance(piece, Word) and piece.text in LABELS:
            return _plain(pieces[:number]) if number else None
        if isinstance(piece, Word) and piece.text in {"lambda", "for", ":="}:
            return None
    return None


def _is_call(pieces: Sequence[Piece]) -> bool:
    """Whether it is `name(...)`, with something between the brackets."""
    if len(pieces) < 2 or not isinstance(pieces[-1], Group) or pieces[-1].open != "(":
        return False
    return bool(pieces[-1].chunks) and bool(_plain(pieces[:-1]))


def _first(piece: Piece) -> str:
    """What tells one call from another of the same function: a text or a name that comes first."""
    pieces = piece.chunks[0].pieces if isinstance(piece, Group) else ()
    text = _plain(pieces)
    is_text = text[:1] in {'"', "'"} or text.isidentifier()
    return text if is_text and _label(pieces) is None else ""


def _merged(base: Sequence[Piece], mine: Sequence[Piece], new: Sequence[Piece]) -> list[Piece]:
    plain = _plain(base), _plain(mine), _plain(new)
    if plain[1] == plain[2] or plain[0] == plain[2]:
        return list(mine)
    if plain[0] == plain[1]:
        return list(new)
    heads = [_assigned(pieces) for pieces in (base, mine, new)]
    values = [value for _, value in heads]
    if len({bool(value) for value in values}) > 1:
        # `name: type` got a default, or lost it; what stands before it is merged as ever.
        told = [_plain(value) for value in values]
        if told[0] not in told[1:] and told[1] != told[2]:
            raise DisagreeError
        value = values[2] if told[0] == told[1] else values[1]
        return [*_merged(*(head for head, _ in heads)), *value]
    parts = [_segments(pieces) for pieces in (base, mine, new)]
    if len({tuple(type(one) for one in part) for part in parts}) > 1:
        raise DisagreeError
    result: list[Piece] = []
    for one, two, three in zip(*parts, strict=True):
        if isinstance(one, Group) and isinstance(two, Group) and isinstance(three, Group):
            if not one.open == two.open == three.open:
                raise DisagreeError
            result.append(_group(one, two, three))
        else:
            result += _words(_run(one), _run(two), _run(three))
    return result


def _assigned(pieces: Sequence[Piece]) -> tuple[Sequence[Piece], Sequence[Piece]]:
    """`name: type` and `= value`, which may be missing."""
    for number, piece in enumerate(pieces):
        if isinstance(piece, Word) and piece.text == "=":
            return pieces[:number], pieces[number:]
    return pieces, ()


def _segments(pieces: Sequence[Piece]) -> list[list[Piece] | Group]:
    """Runs of words and the groups between them; labels apart from values."""
    found: list[list[Piece] | Group] = [[]]
    for piece in pieces:
        if isinstance(piece, Group):
            found += [piece, []]
        else:
            if piece.text in LABELS:
                found += [[piece], []]
            else:
                _run(found[-1]).append(piece)
    return found


def _run(segment: list[Piece] | Group) -> list[Piece]:
    return [segment] if isinstance(segment, Group) else segment


def _words(base: list[Piece], mine: list[Piece], new: list[Piece]) -> list[Piece]:
    one, two, three = _plain(base), _plain(mine), _plain(new)
    if two == three or one == three:
        return mine
    if one == two:
        return new
    raise DisagreeError


def _group(base: Group, mine: Group, new: Group) -> Group:
    if len({base.rest, mine.rest, new.rest}) > 2:
        raise DisagreeError
    rest = new.rest if mine.rest == base.rest else mine.rest
    chunks: list[Chunk] = []
    ours: list[Chunk] = []
    theirs: list[Chunk] = []
    for both in merge_parts(base.chunks, mine.chunks, new.chunks):
        one, two, three = both.base, both.mine, both.new
        if one is None and three is None and two is not None:
            ours.append(two)
        elif one is None and two is None and three is not None:
            theirs.append(three)
        if one is None:
            if two is not None and three is not None and two.content != three.content:
                raise DisagreeError
            chunks += [chunk for chunk in (two or three,) if chunk is not None]
        elif two is None or three is None:
            raise DisagreeError
        else:
            chunks.append(_chunk(one, two, three))
    if base.is_called and _placed(base, ours) and _placed(base, theirs):
        raise DisagreeError  # which of the two is the next argument?
    has_comma = (mine.has_comma and new.has_comma) or (
        len(chunks) > 1 and (mine.has_comma or new.has_comma)
    )
    tall = mine.is_tall or new.is_tall
    return Group(mine.open, tuple(chunks), tall, has_comma, mine.is_called, rest)


def _placed(base: Group, added: Sequence[Chunk]) -> bool:
    """Whether one of the arguments means what it does by its place.

    One more literal among others of its kind, as in `may(STAFF, "read")`, is a member of a set.
    """
    kinds_before = {_kind(chunk) for chunk in base.chunks}
    return any(
        not chunk.is_named and (_kind(chunk) is None or _kind(chunk) not in kinds_before)
        for chunk in added
    )


def _kind(chunk: Chunk) -> str | None:
    """`text` or `number` for a literal that stands alone."""
    first = _plain(chunk.pieces)[:1]
    return "text" if first in {'"', "'"} else "number" if first.isdigit() else None


def _chunk(base: Chunk, mine: Chunk, new: Chunk) -> Chunk:
    return Chunk(
        _kept(base.above, mine.above, new.above),
        tuple(_merged(base.pieces, mine.pieces, new.pieces)),
        "".join(_kept((base.behind,), (mine.behind,), (new.behind,))),
    )


def _kept(base: tuple[str, ...], mine: tuple[str, ...], new: tuple[str, ...]) -> tuple[str, ...]:
    if base not in (mine, new) and mine != new:
        raise DisagreeError
    return new if mine == base else mine


def _plain(pieces: Sequence[Piece]) -> str:
    """One spelling for one meaning, to compare with."""
    parts = []
    for piece in pieces:
        if isinstance(piece, Group):
            inner = ", ".join(chunk.content for chunk in piece.chunks)
            comma = "," if _is_single(piece) else ""
            parts.append(f"{piece.open}{inner}{comma}{''.join(piece.rest)}{OPEN[piece.open]}")
        elif piece.text:
            parts.append(piece.text)
    return " ".join(parts)


def _text(pieces: Sequence[Piece]) -> str:
    """Python again: what was tall stays tall, and black does the rest."""
    parts: list[str] = []
    for piece in pieces:
        if isinstance(piece, Word):
            parts.append((" " if piece.spaced and parts else "") + piece.text)
        else:
            parts.append(_group_text(piece))
    return "".join(parts)


def _group_text(group: Group) -> str:
    close = OPEN[group.open]
    comments = group.rest or any(chunk.above or chunk.behind for chunk in group.chunks)
    texts = [_text(chunk.pieces).strip() for chunk in group.chunks]
    if not group.is_tall and not comments:
        comma = "," if _is_single(group) else ""
        return f"{group.open}{', '.join(texts)}{comma}{close}"
    lines = [group.open]
    for number, (chunk, text) in enumerate(zip(group.chunks, texts, strict=True), 1):
        comma = "," if group.has_comma or number < len(texts) else ""
        lines += chunk.above
        lines.append(f"{text}{comma}{'  ' + chunk.behind if chunk.behind else ''}")
    lines += group.rest
    return "\n".join([*lines, close])


def _is_single(group: Group) -> bool:
    """Whether the comma behind the last chunk makes it a tuple of one."""
    is_tuple = group.open == "(" and not group.is_called
    return is_tuple and len(group.chunks) == 1 and group.has_comma
