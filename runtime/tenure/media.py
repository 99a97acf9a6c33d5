"""What kind of file some bytes are: by what they begin with, never by what they are called."""

from collections.abc import Collection, Sequence
from mimetypes import guess_extension

import puremagic

from tenure.errors import UnsupportedMedia

__all__ = ["HEAD", "file_name", "media_type"]

HEAD = 64 * 1024  # bytes that are looked at

_ANY = "application/octet-stream"
# What puremagic calls otherwise than the registry does.
_ALIASES = {
    "image/jpg": "image/jpeg",
    "image/x-png": "image/png",
    "application/x-pdf": "application/pdf",
    "application/x-zip-compressed": "application/zip",
    "audio/x-wav": "audio/wav",
    "text/xml": "application/xml",
}
# Texts that begin like nothing in particular; they have to be text, which their bytes do show.
_TEXTS = ("application/json", "application/xml", "application/x-ndjson", "image/svg+xml")


def media_type(head: bytes, declared: str | None, accept: Sequence[str]) -> str:
    """What the bytes are that begin with `head`, as far as can be told; `declared` if that may be.

    `accept` are media types, or `image/*`; none: anything. Raises UnsupportedMedia for what is not
    accepted, whatever it is declared to be.
    """
    seen = _seen(head)
    said = _plain(declared)
    if said is not None and said != _ANY and _may_be(said, seen, head):
        found = [said]
    else:
        found = list(seen) or ["text/plain" if _is_text(head) else _ANY]
    for kind in found:
        if not accept or _accepted(kind, accept):
            return kind
    wanted = " or ".join(accept)
    raise UnsupportedMedia(f"the content is not {wanted}")


def file_name(given: str | None, field: str, kind: str) -> str:
    """A name that is safe to save a file under: no folders, no control characters, not hidden."""
    last = (given or "").replace("\\", "/").rpartition("/")[2]
    clean = "".join(c for c in last if c.isprintable() and c not in '<>:"|?*')
    name = clean.strip(" .")[-150:]
    return name or f"{field}{guess_extension(kind) or ''}"


def _seen(head: bytes) -> Collection[str]:
    """What the bytes may be, the most likely first."""
    try:
        found = puremagic.magic_string(head)
    except (puremagic.PureError, ValueError):
        return ()
    kinds = [_plain(match.mime_type) for match in found]
    return dict.fromkeys(kind for kind in kinds if kind is not None)


def _may_be(said: str, seen: Collection[str], head: bytes) -> bool:
    if said in seen:
        return True
    if said.startswith("text/") or said in _TEXTS:
        # A page or a picture that says it is plain text would be a way around `accept`.
        return _is_text(head) and not any(_runs(kind) for kind in seen)
    return not seen and not _is_known(said) and not _is_text(head)


def _runs(kind: str) -> bool:
    return kind in ("text/html", "image/svg+xml", "application/xhtml+xml")


def _is_known(kind: str) -> bool:
    """Whether files of this kind begin in a way that would have been seen."""
    return kind in _KNOWN


def _is_text(head: bytes) -> bool:
    if b"\0" in head:
        return False
    try:
        # The last character may be cut in two.
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        return len(head) == HEAD and error.start > len(head) - 4
    return True


def _accepted(kind: str, accept: Sequence[str]) -> bool:
    return any(
        kind == _plain(one) or (one.endswith("/*") and kind.startswith(one[:-1])) for one in accept
    )


def _plain(kind: str | None) -> str | None:
    """A media type without its parameters, by the name it is registered under."""
    plain = (kind or "").partition(";")[0].strip().lower()
    return _ALIASES.get(plain, plain) or None


_KNOWN = frozenset(
    _plain(entry.mime_type)
    for table in (puremagic.magic_header_array, puremagic.magic_footer_array)
    for entry in table
)
