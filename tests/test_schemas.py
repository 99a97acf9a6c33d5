"""What the models of a generated project look like, and what they accept and refuse."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import black
import pytest
from freehold import expressions, schemas
from freehold.domain import Domain, Type
from freehold.render import MODE
from freehold.resolve import resolve
from freehold.spec import parse, parse_text
from pydantic import TypeAdapter, ValidationError

STORIES = Path(__file__).parent / "stories" / "schemas"
NAMES = sorted(path.parent.name for path in STORIES.glob("*/spec.yaml"))
DAY = {
    "name": "Herbs",
    "extra": {"a": [1, None]},
    "light": "full",
    "size": {"length": "1.50"},
    "days": ["2026-05-31"],
    "pages": ["https://example.org"],
}
MEMBER = {
    "name": "Ada",
    "password": "a long one, please",
    "contact": {"number": "1"},
    "friends": [],
    "wallet": {
        "payment": {"kind": "card", "last4": "1234", "token": "tok"},
        "keys": [{"name": "door", "value": "0815"}],
    },
}


def domain_of(text: str) -> Domain:
    return resolve(parse_text(Path("spec.yaml"), text))


@cache
def story(name: str) -> Domain:
    return resolve(parse(STORIES / name / "spec.yaml"))


@cache
def files(domain: Domain) -> dict[str, str]:
    """Path inside the package to text; an empty file is none."""
    texts = {"types.py": schemas.types_module(domain)}
    for resource in domain.resources:
        texts[f"{resource.plural}/models.py"] = schemas.models_module(domain, resource)
    return {path: black.format_str(text, mode=MODE) for path, text in texts.items() if text}


def write(folder: Path, domain: Domain) -> None:
    for path, text in files(domain).items():
        target = folder / domain.name / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
        (target.parent / "__init__.py").touch()


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Writes a story's models and imports one of them."""
    monkeypatch.syspath_prepend(str(tmp_path))
    before = set(sys.modules)

    def load(name: str, module: str) -> ModuleType:
        domain = story(name)
        write(tmp_path, domain)
        return importlib.import_module(f"{domain.name}.{module}")

    yield load
    for name in set(sys.modules) - before:
        if name.split(".")[0] in ("garden", "club", "office"):
            del sys.modules[name]


@pytest.mark.parametrize("name", NAMES)
def test_the_models_are_those_of_the_story(name: str, golden: Callable[[Path, str], None]) -> None:
    made, expected = files(story(name)), STORIES / name / "expected"
    for path, text in made.items():
        golden(expected / path, text)
    assert sorted(made) == sorted(
        p.relative_to(expected).as_posix() for p in expected.rglob("*.py")
    )


def test_the_models_satisfy_mypy_and_ruff(tmp_path: Path) -> None:
    for name in NAMES:
        write(tmp_path, story(name))
    root = Path(__file__).parents[1]
    settings = (root / "templates" / "project" / "pyproject.toml.jinja").read_text(encoding="utf-8")
    rules = "[tool.ruff]" + settings.split("[tool.ruff]")[1].split("[tool.mypy]")[0]
    (tmp_path / "pyproject.toml").write_text(rules, encoding="utf-8")
    environment = os.environ | {"MYPYPATH": str(root / "runtime")}
    packages = [path.name for path in tmp_path.iterdir() if path.is_dir()]
    cache = f"--cache-dir={root / '.mypy_cache' / 'schemas'}"
    for command in (
        ["ruff", "check", "--no-cache", "."],
        ["mypy", "--strict", "--python-version=3.11", "--follow-imports=silent", cache, *packages],
    ):
        run = subprocess.run(
            [sys.executable, "-m", *command],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert run.returncode == 0, run.stdout + run.stderr


def test_the_same_spec_makes_the_same_bytes_wherever_and_however_it_runs(tmp_path: Path) -> None:
    hostile = """
        [tool.black]
        line-length = 20
        skip-string-normalization = true
        [tool.isort]
        force_single_line = true
        [tool.datamodel-codegen]
        use-type-alias = false
        snake-case-field = true
        class-name-prefix = "Evil"
        """
    (tmp_path / "pyproject.toml").write_text(hostile, encoding="utf-8")
    (tmp_path / "stand_in.py").write_text("raise SystemExit('imported')", encoding="utf-8")
    spec = STORIES / "every_type" / "spec.yaml"
    program = (
        "import sys; from pathlib import Path; from freehold import schemas;"
        "from freehold.resolve import resolve; from freehold.spec import parse;"
        f"d = resolve(parse(Path({str(spec)!r})));"
        "sys.stdout.buffer.write((schemas.types_module(d)"
        " + ''.join(schemas.models_module(d, r) for r in d.resources)).encode())"
    )
    texts = set()
    for seed, folder, zone in (("0", Path.cwd(), "UTC"), ("4711", tmp_path, "Asia/Kolkata")):
        environment = os.environ | {"PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": "C"}
        command = [sys.executable, "-W", "error", "-c", program]
        texts.add(subprocess.check_output(command, cwd=folder, env=environment))
    assert len(texts) == 1


def test_a_new_field_changes_only_its_own_lines() -> None:
    spec = (STORIES / "secrets" / "spec.yaml").read_text(encoding="utf-8")
    longer = spec.replace("      mentor?: Member\n", "      mentor?: Member\n      height?: int\n")
    longer = longer.replace(
        "    name: string\n    value:", "    name: string\n    size?: int\n    value:"
    )
    assert longer.count("size?") == 1
    before, after = files(domain_of(spec)), files(domain_of(longer))
    for path, text in before.items():
        added = [line for line in after[path].splitlines() if "height" in line or "size" in line]
        assert len(added) == (2 if path in ("types.py", "members/models.py") else 0), path
        left = [line for line in after[path].splitlines() if line not in added]
        assert left == text.splitlines()


def test_a_project_without_types_has_no_types_module() -> None:
    assert schemas.types_module(story("answers")) == ""


def test_an_unformatted_module_has_no_trace_of_what_stood_in() -> None:
    for name in NAMES:
        for text in files(story(name)).values():
            for trace in ("stand_in", "Type_", "731452", "TypeAliasType", "conint", "RootModel"):
                assert trace not in text


def test_defaults_are_values_of_their_types(project: Any) -> None:
    models = project("every_type", "beds.models")
    bed = models.Bed.model_validate(DAY)
    assert bed.price == Decimal("12.50")
    assert bed.rests_for == timedelta(minutes=90)
    assert bed.soil.name == "loam"
    assert bed.seen_at.isoformat() == "2026-05-31T06:30:15.500000+00:00"
    assert bed.code == "A\"01'"
    assert bed.soils == ["sand", "clay"]
    assert bed.may_price == Decimal(1)
    assert bed.photo is None
    assert models.Bed.model_validate_json(bed.model_dump_json()) == bed


@pytest.mark.parametrize(
    "change",
    [
        {"name": ""},
        {"name": "x" * 81},
        {"name": None},
        {"code": "a\"01'"},
        {"rows": 41},
        {"rows": -2},
        {"rows": 1.5},
        {"slope": 0.51},
        {"slope": "nan"},
        {"slope": float("inf")},
        {"price": "1.234"},
        {"price": "1234567.00"},
        {"price": "NaN"},
        {"dug_on": "1989-12-31"},
        {"dug_on": "2100-01-01"},
        {"opens_at": "05:59"},
        {"seen_at": "2026-05-31T08:30:00"},
        {"seen_at": "1999-12-31T23:59:59Z"},
        {"rests_for": "PT59M"},
        {"rests_for": "P31D"},
        {"tag": "not a uuid"},
        {"contact": "nobody"},
        {"contact": "a@b..org"},
        {"contact": "a b@example.org"},
        {"contact": "a" * 80 + "@example.org"},
        {"page": "ftp://example.org"},
        {"page": "javascript:alert(1)"},
        {"page": "https://exa mple.org"},
        {"soil": "Sand"},
        {"light": None},
        {"size": {"length": "0.09"}},
        {"size": {"length": "99.96"}},
        {"size": {"length": "1", "depth": 1}},
        {"may_price": "0.00"},
        {"may_be_dug_on": "2100-01-01"},
        {"may_page": "https://example.org/" + "a" * 200},
        {"names": []},
        {"names": ["a"] * 6},
        {"slopes": ["inf"]},
        {"moments": ["2026-05-31T08:30:00"]},
        {"contacts": ["nobody"]},
        {"pages": ["nowhere"]},
        {"soils": ["peat"]},
        {"photo": None},
        {"id": "bed_1"},
        {"unknown": 1},
    ],
    ids=json.dumps,
)
def test_a_client_cannot_send(project: Any, change: dict[str, object]) -> None:
    models = project("every_type", "beds.models")
    models.BedIn.model_validate(DAY)
    with pytest.raises(ValidationError):
        models.BedIn.model_validate(DAY | change)


def test_bounds_belong_to_what_they_bound(project: Any) -> None:
    models = project("every_type", "beds.models")
    edge = {
        "rows": -1,
        "slope": 0.5,
        "dug_on": "1990-01-01",
        "rests_for": "P30D",
        "size": {"length": "0.1"},
        "may_price": "0.01",
        "opens_at": "06:00",
    }
    assert models.BedIn.model_validate(DAY | edge).size.length == Decimal("0.1")


def test_what_may_be_left_out_may_be_null(project: Any) -> None:
    models = project("every_type", "beds.models")
    optional = [name for name in models.BedIn.model_fields if name.startswith("may_")]
    bed = models.BedIn.model_validate(DAY | dict.fromkeys(optional))
    assert {getattr(bed, name) for name in optional} == {None}


def test_addresses_stay_as_they_were_sent(project: Any) -> None:
    models = project("every_type", "beds.models")
    sent = {"page": "https://Example.org", "contact": "Ada@Example.org"}
    stored = models.Bed.model_validate(DAY | sent).model_dump(mode="json")
    assert {key: stored[key] for key in sent} == sent


def test_deprecated_fields_say_so_in_the_schema_and_never_at_run_time(project: Any) -> None:
    models = project("every_type", "beds.models")
    properties = models.BedIn.model_json_schema()["properties"]
    assert properties["old_name"]["deprecated"] is True
    assert properties["old_soil"]["description"] == "Deprecated: use soil."
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert models.Bed.model_validate(DAY).old_soil == "clay"


def test_the_schema_says_title_example_and_format(project: Any) -> None:
    models = project("every_type", "beds.models")
    properties = models.BedIn.model_json_schema()["properties"]
    assert properties["name"]["title"] == "Name"
    assert properties["name"]["examples"] == ["Herbs"]
    assert properties["rests_for"]["examples"] == ["PT5H"]
    assert properties["contact"]["format"] == "email"
    assert properties["page"]["format"] == "uri"


def test_secrets_are_sent_and_stored_and_never_answered(project: Any) -> None:
    models = project("secrets", "members.models")
    sent = models.MemberIn.model_validate(MEMBER)
    stored = models.Member(
        **dict(sent) | {"account": "ada", "number": 1, "state": "new", "points": 0}
    )
    assert stored.wallet.payment.token == "tok"
    assert stored.password == MEMBER["password"]
    schema = json.dumps(models.MemberOut.model_json_schema())
    for secret in ("password", "pin_code", "token", "value"):
        assert f'"{secret}"' not in schema


def test_the_tag_decides_between_the_variants(project: Any) -> None:
    union: Any = project("secrets", "types").Payment
    payment = TypeAdapter[Any](union)
    assert type(payment.validate_python({"kind": "cash"})).__name__ == "CashPayment"
    for wrong in ({"kind": "cash", "token": "x"}, {"kind": "gold"}, {}, {"kind": "card"}):
        with pytest.raises(ValidationError):
            payment.validate_python(wrong)


def test_what_the_server_fills_in_may_be_left_out_and_is_stored(project: Any) -> None:
    models = project("secrets", "members.models")
    filled_in = {"account", "number"}
    required = {name for name, field in models.Member.model_fields.items() if field.is_required()}
    assert filled_in <= required
    assert not filled_in & {n for n, f in models.MemberIn.model_fields.items() if f.is_required()}
    assert not {"state", "points"} & models.MemberIn.model_fields.keys()


def test_references_are_ids_and_pins_name_a_revision(project: Any) -> None:
    models = project("secrets", "members.models")
    good = {"mentor": "mem_1", "friends": ["mem_2"], "first": {"id": "mem_3", "revision": 2}}
    assert models.MemberIn.model_validate(MEMBER | good).first.revision == 2
    for wrong in ({"mentor": "m" * 41}, {"friends": ["m" * 41]}, {"friends": ["m"] * 21}):
        with pytest.raises(ValidationError):
            models.MemberIn.model_validate(MEMBER | wrong)


def test_a_patch_may_hold_any_part_and_nothing_else(project: Any) -> None:
    models = project("every_type", "beds.models")
    assert models.BedPatch.model_validate({}).model_dump(exclude_unset=True) == {}
    assert models.BedPatch.model_validate({"light": None}).light is None
    for wrong in ({"photo": None}, {"rows": 41}, {"unknown": 1}):
        with pytest.raises(ValidationError):
            models.BedPatch.model_validate(wrong)


def test_a_query_reads_text(project: Any) -> None:
    models = project("every_type", "beds.models")
    query = models.BedQuery.model_validate(
        {"soil__in": "sand,clay", "rows__gte": "2", "raised": "true", "order_by": "-price"}
    )
    assert query.soil__in == ["sand", "clay"]
    assert query.rows__gte == 2
    assert query.raised is True
    for wrong in (
        {"soil__in": "sand,peat"},
        {"order_by": "notes"},
        {"seen_at__gt": "2026-05-31T08:30:00"},
        {"notes": "x"},
        {"slope__gt": "nan"},
    ):
        with pytest.raises(ValidationError):
            models.BedQuery.model_validate(wrong)


@pytest.mark.parametrize(
    ("seconds", "written", "iso"),
    [
        (0, "timedelta(0)", "PT0S"),
        (0.25, "timedelta(milliseconds=250)", "PT0.25S"),
        (90, "timedelta(seconds=90)", "PT1M30S"),
        (5400, "timedelta(minutes=90)", "PT1H30M"),
        (129600, "timedelta(hours=36)", "P1DT12H"),
        (2592000, "timedelta(days=30)", "P30D"),
    ],
)
def test_a_duration_is_written_in_its_largest_unit(seconds: float, written: str, iso: str) -> None:
    assert expressions.expression(Type("scalar", "duration"), seconds) == written
    assert expressions.iso_duration(seconds) == iso
    assert TypeAdapter(timedelta).validate_python(iso) == timedelta(seconds=seconds)


def test_an_instant_without_an_offset_is_in_utc() -> None:
    written = expressions.expression(Type("scalar", "datetime"), "2026-05-31T08:30")
    assert written == "datetime(2026, 5, 31, 8, 30, tzinfo=UTC)"


@pytest.mark.parametrize(
    "pattern", [r"^\d+$", r'^"\d"$', r"^'\d'$", r"""^['"]\d$""", "^a$", "\\\\", "\n\\d", "ü\\w"]
)
def test_a_pattern_is_written_as_it_reads(pattern: str) -> None:
    literal = expressions.raw(pattern)
    namespace: dict[str, str] = {}
    exec(f"value = {literal}", namespace)
    assert namespace["value"] == pattern


def test_the_models_of_a_resource_depend_on_nothing_but_it_and_its_types() -> None:
    domain = story("answers")
    alone = replace(domain, resources=domain.resources[1:2])
    assert schemas.models_module(domain, domain.resources[1]) == schemas.models_module(
        alone, alone.resources[0]
    )
