"""What the runtime refuses, in words a client may read: each refusal knows its HTTP status."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class FieldError:
    """One place in a request that is wrong.

    `pointer` is a JSON pointer into the body (`/lines/0/product`); a query parameter has an empty
    pointer and its name in `parameter`.
    """

    pointer: str
    detail: str
    parameter: str | None = None


class Refusal(Exception):  # noqa: N818  (most of them are answers, not errors)
    """A request that cannot be done; `detail` never holds SQL, a path or a secret."""

    status: ClassVar[int] = 400
    code: ClassVar[str] = "refused"
    title: ClassVar[str] = "Refused"

    def __init__(
        self,
        detail: str = "",
        errors: Iterable[FieldError] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.errors = list(errors)
        self.headers = dict(headers or {})


class NotFound(Refusal):
    """There is no such thing, or the caller may not know that there is."""

    status = 404
    code = "not_found"
    title = "Not found"


class Gone(Refusal):
    """It was there and has been deleted; its history may still be."""

    status = 410
    code = "gone"
    title = "Gone"


class Conflict(Refusal):
    """The state of the resource, or of another one, does not allow this."""

    status = 409
    code = "conflict"
    title = "Conflict"


class PreconditionFailed(Refusal):
    """Someone else changed the resource since the caller read it."""

    status = 412
    code = "precondition_failed"
    title = "Precondition failed"


class RangeNotSatisfiable(Refusal):
    """The part of the content that was asked for is not there."""

    status = 416
    code = "range_not_satisfiable"
    title = "Range not satisfiable"


class Invalid(Refusal):
    """The content of the request is wrong; `errors` says where."""

    status = 422
    code = "invalid"
    title = "Invalid request"


class Forbidden(Refusal):
    """The caller is known and may not do this."""

    status = 403
    code = "forbidden"
    title = "Forbidden"


class Unauthorized(Refusal):
    """The caller is not known, and would have to be."""

    status = 401
    code = "unauthorized"
    title = "Unauthorized"


class TooLarge(Refusal):
    """The body is larger than the limit."""

    status = 413
    code = "too_large"
    title = "Content too large"


class UnsupportedMedia(Refusal):
    """The content type is not one this route reads."""

    status = 415
    code = "unsupported_media_type"
    title = "Unsupported media type"


class PreconditionRequired(Refusal):
    """This route wants an If-Match header."""

    status = 428
    code = "precondition_required"
    title = "Precondition required"


class Unavailable(Refusal):
    """The storage cannot do it now: a full disk, a lock held too long. `__cause__` is for the log."""

    status = 503
    code = "unavailable"
    title = "Storage unavailable"
