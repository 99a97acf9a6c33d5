"""What a ResourceManager should do, said again with dictionaries and nothing else."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

Value = dict[str, Any]


class Refused(Exception):  # noqa: N818
    """The status the manager has to refuse with."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


@dataclass
class Line:
    """A revision: what it holds, whether readers may ever see it, and whether it is still kept."""

    value: Value
    kind: str
    status: str
    kept: bool = True


@dataclass
class Holder:
    """An order: the product it refers to, and the revision it pins of it."""

    key: str
    number: int
    deleted: bool = False


@dataclass
class Timeline:
    """One resource, and what readers saw when: (moment, number or None, deleted)."""

    lines: list[Line]
    revision: int | None
    draft: int | None
    etag: int = 1
    deleted: bool = False
    seen: list[tuple[datetime, int | None, bool]] = field(default_factory=list)

    def at(self, number: int) -> Line:
        return self.lines[number - 1]

    @property
    def base(self) -> int:
        return self.draft or self.revision or 0


class Model:
    """All resources of one manager, of which `keep` revisions stay, and who pins them.

    Each verb answers the number that is shown then, or is Refused.
    """

    def __init__(self, *, drafts: bool, keep: int | None = None) -> None:
        self.drafts = drafts
        self.keep = keep
        self.timelines: dict[str, Timeline] = {}
        self.holders: dict[str, Holder] = {}

    def create(self, value: Value) -> Timeline:
        self.free(value["sku"], None)
        status = "draft" if self.drafts else "stable"
        line = Line(value, "create", status)
        return Timeline([line], *((None, 1) if self.drafts else (1, None)))

    def read(self, key: str, *, draft: bool) -> int:
        it = self.timelines[key]
        number = it.base if draft else it.revision
        if number is None:
            raise Refused(404)
        if it.deleted:
            raise Refused(410)
        return number

    def open(self, key: str, expect: int | None, *, deleted: bool = False) -> Timeline:
        it = self.timelines[key]
        if it.deleted and not deleted:
            raise Refused(410)
        if expect is not None and expect != it.etag:
            raise Refused(412)
        return it

    def upload(self, key: str, expect: int | None, photo: str | None) -> int:
        it = self.open(key, expect)
        return self.update(key, expect, {**it.at(it.base).value, "photo": photo})

    def detach(self, key: str, expect: int | None) -> int:
        return self.upload(key, expect, None)

    def download(self, key: str, *, draft: bool) -> str:
        photo = self.timelines[key].at(self.read(key, draft=draft)).value["photo"]
        if photo is None:
            raise Refused(404)
        return str(photo)

    def update(self, key: str, expect: int | None, value: Value) -> int:
        it = self.open(key, expect)
        value = {**it.at(it.base).value, **value}
        if it.at(it.base).value == value:
            return it.base
        if not self.drafts or it.revision is None:
            self.free(value["sku"], key)
        return self.put(it, value, "update", stable=not self.drafts)

    def modify(self, key: str, expect: int | None, value: Value) -> int:
        it = self.open(key, expect)
        if it.draft is None:
            raise Refused(409)
        value = {**it.at(it.draft).value, **value}
        if it.at(it.draft).value == value:
            return it.draft
        if it.revision is None:
            self.free(value["sku"], key)
        it.at(it.draft).value = value
        it.etag += 1
        return it.draft

    def publish(self, key: str, expect: int | None) -> int:
        it = self.open(key, expect)
        if it.draft is None:
            raise Refused(409)
        self.free(it.at(it.draft).value["sku"], key)
        it.at(it.draft).status = "stable"
        it.revision, it.draft = it.draft, None
        it.etag += 1
        return it.revision

    def discard(self, key: str, expect: int | None) -> int:
        it = self.open(key, expect)
        if it.draft is None or it.revision is None:
            raise Refused(409)
        it.draft = None
        it.etag += 1
        return it.revision

    def switch(self, key: str, expect: int | None, number: int) -> int:
        it = self.open(key, expect)
        line = self.line(it, number)
        if line.status != "stable" or line.kind == "delete":
            raise Refused(409)
        if number == it.revision:
            return number
        self.free(line.value["sku"], key)
        it.revision = number
        it.etag += 1
        return number

    def restore(self, key: str, expect: int | None, number: int, *, publish: bool) -> int:
        it = self.open(key, expect)
        stable = publish or not self.drafts
        if stable and it.draft is not None:
            raise Refused(409)
        value = self.line(it, number).value
        if value == it.at(it.base).value:
            return it.base
        if stable or it.revision is None:
            self.free(value["sku"], key)
        return self.put(it, value, "restore", stable=stable)

    def delete(self, key: str, expect: int | None) -> int:
        it = self.open(key, expect)
        if any(holder.key == key and not holder.deleted for holder in self.holders.values()):
            raise Refused(409)
        shown = it.at(it.revision or it.base)
        it.lines.append(Line(shown.value, "delete", shown.status))
        it.deleted = True
        it.etag += 1
        return len(it.lines)

    def undelete(self, key: str, expect: int | None) -> int:
        it = self.open(key, expect, deleted=True)
        if not it.deleted:
            raise Refused(409)
        self.free(it.at(it.revision or it.base).value["sku"], key)
        it.deleted = False
        it.etag += 1
        number = 0
        for name in ("revision", "draft"):
            old = getattr(it, name)
            if old is not None:
                it.lines.append(Line(it.at(old).value, "undelete", it.at(old).status))
                setattr(it, name, len(it.lines))
                number = number or len(it.lines)
        return number

    def past(self, key: str, moment: datetime) -> int:
        found = [(number, gone) for at, number, gone in self.timelines[key].seen if at <= moment]
        if not found or found[-1][0] is None:
            raise Refused(404)
        if found[-1][1] or not self.timelines[key].at(found[-1][0] or 0).kept:
            raise Refused(410)
        return found[-1][0] or 0

    def pinned(self, key: str, number: int | None) -> Holder:
        """What an order becomes that pins this revision, or the one that is current."""
        it = self.timelines[key]
        number = it.revision if number is None else number
        if it.deleted or number is None or not 1 <= number <= len(it.lines):
            raise Refused(422)
        if it.at(number).status != "stable" or not it.at(number).kept:
            raise Refused(422)
        return Holder(key, number)

    def forgotten(self, key: str) -> list[int]:
        """The revisions that are too many by now."""
        it = self.timelines[key]
        used = {it.revision, it.draft}
        used |= {h.number for h in self.holders.values() if h.key == key and not h.deleted}
        last = 0 if self.keep is None else len(it.lines) - self.keep
        return [n for n in range(1, last + 1) if n not in used and it.at(n).kept]

    def put(self, it: Timeline, value: Value, kind: str, *, stable: bool) -> int:
        it.lines.append(Line(value, kind, "stable" if stable else "draft"))
        if stable:
            it.revision = len(it.lines)
        else:
            it.draft = len(it.lines)
        it.etag += 1
        return len(it.lines)

    def line(self, it: Timeline, number: int) -> Line:
        if not 1 <= number <= len(it.lines) or not it.at(number).kept:
            raise Refused(404)
        return it.at(number)

    def free(self, sku: str, mine: str | None) -> None:
        """Nobody else who lives shows this sku."""
        for key, it in self.timelines.items():
            if key != mine and not it.deleted and it.at(it.revision or it.base).value["sku"] == sku:
                raise Refused(409)
