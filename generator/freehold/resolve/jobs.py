"""Reads jobs: what sets them off, what goes in and comes out, how often they are tried."""

from __future__ import annotations

import re

from freehold.complaints import did_you_mean, listed
from freehold.domain import Field, Job, Resource, Retry
from freehold.language import BACKOFF, EVENTS, JOB_KEYS, RETRY_KEYS, in_order
from freehold.resolve import names, shapes, taken
from freehold.resolve.fields import FieldReader
from freehold.resolve.reading import Reader
from freehold.spec import Entry, Node

MONTHS = in_order("jan feb mar apr may jun jul aug sep oct nov dec")
DAYS = in_order("sun mon tue wed thu fri sat")
CRON: tuple[tuple[str, int, int, tuple[str, ...]], ...] = (
    ("minute", 0, 59, ()),
    ("hour", 0, 23, ()),
    ("day of the month", 1, 31, ()),
    ("month", 1, 12, MONTHS),
    ("day of the week", 0, 7, DAYS),
)


class JobReader:
    def __init__(self, fields: FieldReader, resources: dict[str, Resource]) -> None:
        self.fields = fields
        self.reader: Reader = fields.reader
        self.add = fields.add
        self.resources = resources

    def job(self, entry: Entry) -> Job:
        name = entry.key.text
        what = f"the job {name}"
        keys = self.reader.keys(entry.value, JOB_KEYS, what, f"{name}: {{timeout: 2m}}")
        singular = names.snake(name)
        if singular in taken.PYTHON or singular in taken.SINGULARS:
            self.add(
                "F039",
                entry.key.place,
                f"a job cannot be called `{name}`: `{singular}` is a word of Python",
                f"try `{name}Everything`, or a more telling name",
            )
        input_ = self.fields.fields(keys.get("input"), f"{what}, `input`", "job", singular).kept
        result = self.fields.fields(keys.get("result"), f"{what}, `result`", "job", singular).kept
        after = self.after(keys.get("after"), input_)
        return Job(
            name=name,
            function=singular,
            path=singular.replace("_", "-"),
            description=self.reader.text(keys.get("description"), "`description`"),
            after=after,
            schedule=self.schedule(keys.get("schedule"), input_),
            input=input_,
            result=result,
            once_per=self.once_per(keys.get("once_per"), input_),
            retry=self.retry(keys.get("retry"), name),
            timeout=self.reader.duration(keys.get("timeout"), "`timeout`"),
            was=shapes.former(self.reader, keys.get("was")),
            place=entry.key.place,
        )

    def after(self, node: Node | None, input_: tuple[Field, ...]) -> tuple[str, str] | None:
        text = self.reader.text(node, "`after`")
        if node is None or text is None:
            return None
        resource_name, dot, event = text.partition(".")
        if not dot or not event:
            self.add(
                "F111",
                node.place,
                f"`{text}` is not something that happens to a resource",
                "like this: `after: Order.pay` or `after: Order.create`",
            )
            return None
        resource = self.resources.get(resource_name)
        if resource is None:
            hint = did_you_mean(resource_name, self.resources)
            self.add("F112", node.place, f"there is no resource `{resource_name}`", hint)
            return None
        transitions = (
            [one.name for one in resource.workflow.transitions] if resource.workflow else []
        )
        events = [*transitions, *(e for e in EVENTS if e != "publish" or resource.drafts)]
        if event not in events:
            hint = did_you_mean(event, events)
            self.add("F112", node.place, f"`{event}` never happens to {resource_name}", hint)
            return None
        self.fed(node, input_, resource_name)
        return resource_name, event

    def fed(self, node: Node, input_: tuple[Field, ...], resource: str) -> None:
        """What happened to an order gives the job that order, and nothing else."""
        taking = [
            field
            for field in input_
            if field.type.kind == "resource" and field.type.name == resource and not field.type.many
        ]
        others = [f.name for f in _needed(input_) if f not in taking[:1]]
        if len(taking) != 1 or others:
            found = f", and this one also needs {listed(others)}" if others else ""
            self.add(
                "F113",
                node.place,
                f"a job after {resource} is given that one {resource}{found}",
                f"like this: `input: {{{names.snake(resource)}: {resource}}}`, the rest optional",
            )

    def schedule(self, node: Node | None, input_: tuple[Field, ...]) -> str | None:
        text = self.reader.text(node, "`schedule`")
        if node is None or text is None:
            return None
        problem = _cron(text)
        if problem:
            self.add(
                "F110",
                node.place,
                f"`{text}` is not a schedule: {problem}",
                "minute hour day month weekday, like '0 3 * * *' for three o'clock every night",
            )
            return None
        needed = [field.name for field in _needed(input_)]
        if needed:
            self.add(
                "F114",
                node.place,
                f"nobody gives a scheduled job its input, and this one needs {listed(needed)}",
                f"make it optional: `{needed[0]}?`",
            )
        return text

    def once_per(self, node: Node | None, input_: tuple[Field, ...]) -> tuple[str, ...]:
        known = {field.name: field for field in input_}
        found = []
        for word in self.reader.words(node, "`once_per`", "once_per: [order]"):
            if word.text not in known:
                hint = did_you_mean(word.text, known)
                self.add("F115", word.place, f"`{word.text}` is not in the job's input", hint)
            else:
                found.append(word.text)
        return tuple(found)

    def retry(self, node: Node | None, name: str) -> Retry | None:
        if node is None:
            return None
        example = "retry: {times: 5, wait: 30s}"
        keys = self.reader.keys(node, RETRY_KEYS, f"`retry` of {name}", example)
        for key in ("times", "wait"):
            if key not in keys:
                self.add("F022", node.place, f"`retry` of {name} has no `{key}`", f"like {example}")
        times = self.reader.whole(keys.get("times"), "`times`", 1, 100)
        wait = self.reader.duration(keys.get("wait"), "`wait`")
        backoff = self.reader.one_of(keys.get("backoff"), "`backoff`", BACKOFF)
        return Retry(
            times or 1, wait or 1.0, "exponential" if backoff == "exponential" else "fixed"
        )


def _needed(fields: tuple[Field, ...]) -> list[Field]:
    return [field for field in fields if not field.optional and not field.has_default]


def _cron(text: str) -> str | None:
    """What is wrong with the five parts of a schedule."""
    parts = text.split()
    if len(parts) != 5:
        return f"it has {len(parts)} part{'s' * (len(parts) != 1)}, not 5"
    for part, (what, least, most, words) in zip(parts, CRON, strict=True):
        for one in part.split(","):
            if not _cron_part(one, least, most, words):
                return f"`{part}` is no {what} ({least} to {most})"
    return None


def _cron_part(part: str, least: int, most: int, words: tuple[str, ...]) -> bool:
    match = re.match(
        r"(\*|([0-9]{1,2}|[a-z]{3})(?:-([0-9]{1,2}|[a-z]{3}))?)(?:/([0-9]{1,2}))?\Z", part.lower()
    )
    if not match or (match[4] is not None and int(match[4]) == 0):
        return False
    ends = [_cron_number(text, least, words) for text in (match[2], match[3]) if text]
    return all(least <= end <= most for end in ends) and ends == sorted(ends)


def _cron_number(text: str, least: int, words: tuple[str, ...]) -> int:
    if text.isdigit():
        return int(text)
    return words.index(text) + least if text in words else -1
