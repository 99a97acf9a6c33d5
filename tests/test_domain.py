"""What the bakery's spec means, in detail: names, columns, indexes, filters, access, jobs."""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest
from freehold.complaints import SpecError
from freehold.domain import (
    Call,
    Column,
    Domain,
    Field,
    Grant,
    Job,
    Keep,
    Reference,
    Resource,
    Retry,
    Transition,
    Type,
)
from freehold.resolve import names, resolve
from freehold.spec import parse, parse_text
from tenure.ids import is_id, new_id

BAKERY = Path(__file__).parent.parent / "examples" / "bakery" / "bakery.yaml"


@cache
def bakery() -> Domain:
    return resolve(parse(BAKERY))


def resource(name: str) -> Resource:
    return next(one for one in bakery().resources if one.name == name)


def field(of: str, name: str) -> Field:
    return next(one for one in resource(of).fields if one.name == name)


def column(of: str, key: str) -> Column:
    return next(one for one in resource(of).columns if one.key == key)


def job(name: str) -> Job:
    return next(one for one in bakery().jobs if one.name == name)


def only(text: str) -> Resource:
    """The last resource of a small spec."""
    return resolve(parse_text(Path("spec.yaml"), f"spec: 1\nname: shop\n{text}")).resources[-1]


def one_field(written: str) -> Field:
    return only(f"resources:\n  Box:\n    fields:\n      {written}\n").fields[0]


def test_the_header_is_kept() -> None:
    domain = bakery()
    assert (domain.name, domain.title) == ("bakery", "Corner Bakery")
    assert [role.name for role in domain.roles] == ["staff", "admin"]
    assert domain.roles[0].description == "People who bake and serve."
    assert domain.files == (BAKERY,)


def test_types_come_in_the_authors_order_and_values_after_those_they_use() -> None:
    domain = bakery()
    assert [one.name for one in domain.enums] == ["Kind", "Allergen", "OrderStatus"]
    assert [one.name for one in domain.values] == ["Money", "Address", "Ingredient", "OrderLine"]
    turned = "values:\n  Line: {price: Money}\n  Money: {amount: decimal}\n"
    domain = resolve(parse_text(Path("spec.yaml"), f"spec: 1\nname: shop\n{turned}"))
    assert [one.name for one in domain.values] == ["Money", "Line"]


def test_an_enum_keeps_titles_and_former_names() -> None:
    gluten, _, nuts = bakery().enums[1].members
    assert (gluten.name, gluten.title, gluten.was) == ("gluten", "Cereals containing gluten", None)
    assert (nuts.name, nuts.title, nuts.was) == ("nuts", "Nuts", "peanuts")


def test_a_resource_gets_its_names() -> None:
    found = resource("Product")
    assert (found.singular, found.plural, found.path) == ("product", "products", "products")
    assert (found.label, found.labels, found.prefix) == ("product", "products", "prd")
    item = only("resources:\n  OrderItem:\n    fields: {title: string}\n")
    assert (item.singular, item.plural, item.path) == ("order_item", "order_items", "order-items")
    assert (item.label, item.labels, item.prefix) == ("order item", "order items", "orderitem")


def test_a_long_name_makes_ids_that_are_ids() -> None:
    item = only("resources:\n  SafetyQuestionnaire:\n    fields: {title: string}\n")
    made = new_id(item.prefix)

    assert is_id(made)
    assert len(made) < 40, "columns and fields that hold ids hold no more"


@pytest.mark.parametrize(
    ("singular", "plural"),
    [
        ("category", "categories"),
        ("day", "days"),
        ("box", "boxes"),
        ("person", "people"),
        ("sales_person", "sales_people"),
        ("shelf", "shelves"),
        ("roof", "roofs"),
        ("analysis", "analyses"),
        ("status", "statuses"),
        ("address", "addresses"),
        ("branch", "branches"),
        ("photo", "photos"),
        ("hero", "heroes"),
        ("quiz", "quizzes"),
        ("human", "humans"),
        ("child", "children"),
        ("house", "houses"),
        ("index", "indexes"),
        ("knife", "knives"),
        ("query", "queries"),
    ],
)
def test_a_plural_is_good_english(singular: str, plural: str) -> None:
    assert names.plural(singular) == plural


@pytest.mark.parametrize(
    ("name", "snake"),
    [
        ("OrderItem", "order_item"),
        ("HTTPRequest", "http_request"),
        ("FAQ", "faq"),
        ("Product2", "product2"),
        ("B2BCustomer", "b2_b_customer"),
        ("A", "a"),
    ],
)
def test_a_type_name_becomes_lower_case_words(name: str, snake: str) -> None:
    assert names.snake(name) == snake


def test_the_fields_of_a_product_are_read_whole() -> None:
    sku = field("Product", "sku")
    assert sku.type == Type("scalar", "string")
    assert (sku.pattern, sku.unique, sku.example) == (r"^[A-Z]{3}-\d{4}$", True, "BRD-0001")
    assert field("Product", "title").was == "name"
    assert field("Product", "about").optional
    assert field("Product", "allergens").type == Type("enum", "Allergen", many=True)
    photo = field("Product", "photo")
    assert (photo.accept, photo.max_size) == (("image/png", "image/jpeg"), 5 * 1024 * 1024)
    on_sale = field("Product", "on_sale")
    assert (on_sale.default, on_sale.has_default) == (True, True)
    assert field("Product", "price").index_parts == ("amount",)


def test_bounds_have_the_type_of_the_field() -> None:
    amount, currency = bakery().values[0].fields
    assert (amount.min, amount.digits, amount.places) == (Decimal(0), 10, 2)
    assert isinstance(amount.min, Decimal)
    assert currency.default == "EUR"
    assert one_field("f: {type: float, max: 3}").max == 3.0
    assert one_field("f: {type: date, min: 2026-01-01}").min == "2026-01-01"
    assert one_field("f: {type: duration, min: 30s, default: 2m}").min == 30.0


def test_a_decimal_default_keeps_its_digits() -> None:
    found = one_field("f: {type: decimal, digits: 5, places: 2, default: 1.10}").default
    assert isinstance(found, Decimal)
    assert str(found) == "1.10"


def test_a_number_can_be_the_default_of_a_text() -> None:
    assert one_field("f: {type: string, default: 007}").default == "007"


def test_a_default_can_be_a_function_in_rules() -> None:
    assert field("Order", "number").default == Call("next_order_number")


def test_deprecated_keeps_its_reason() -> None:
    assert field("Customer", "birthday").deprecated == "not asked for since 2026-05"
    assert one_field("f: {type: string, deprecated: true}").deprecated == ""
    assert one_field("f: {type: string, deprecated: false}").deprecated is None


def test_columns_are_what_search_needs_to_see() -> None:
    assert [
        (one.key, one.name, one.path, one.why, one.nullable, one.sortable)
        for one in resource("Product").columns
    ] == [
        ("sku", "sku", ("sku",), ("unique",), False, True),
        ("title", "title", ("title",), ("search",), False, True),
        ("kind", "kind", ("kind",), ("index",), False, True),
        ("price_amount", "price_amount", ("price", "amount"), ("index",), False, True),
        ("recipe", "recipe_id", ("recipe",), ("reference",), True, True),
        ("on_sale", "on_sale", ("on_sale",), ("index",), False, True),
    ]
    assert column("Product", "recipe").references == "Recipe"
    assert column("Product", "price_amount").field.name == "amount"


def test_a_searched_text_has_no_column() -> None:
    assert resource("Product").searched == (("title",), ("about",))
    assert "about" not in {one.key for one in resource("Product").columns}


def test_an_owner_a_workflow_and_a_composite_say_why_they_are_columns() -> None:
    assert column("Order", "account").why == ("index", "owner")
    assert column("Order", "status").why == ("index", "workflow", "composite")
    assert column("Order", "customer").why == ("reference", "composite")


def test_a_column_that_only_ends_an_index_is_not_sortable() -> None:
    assert column("Supplier", "contact").why == ("composite",)
    assert not column("Supplier", "contact").sortable


def test_indexes_are_named_after_the_table_and_the_columns() -> None:
    assert [(one.name, one.columns, one.unique) for one in resource("Order").indexes] == [
        ("ix_orders_account", ("account",), False),
        ("uq_orders_number", ("number",), True),
        ("ix_orders_customer", ("customer",), False),
        ("ix_orders_status", ("status",), False),
        ("ix_orders_pickup", ("pickup",), False),
        ("ix_orders_total_amount", ("total_amount",), False),
        ("ix_orders_customer_status", ("customer", "status"), False),
    ]
    assert resource("Supplier").indexes[-1].name == "uq_suppliers_name_contact"


def test_a_name_too_long_for_a_database_is_cut_and_told_apart() -> None:
    one, other = names.fitted("ix_" + "a" * 70), names.fitted("ix_" + "a" * 71)
    assert len(one) <= 63
    assert one != other
    assert names.fitted("ix_short") == "ix_short"


def test_filters_follow_the_type_of_the_column() -> None:
    found = [one.parameter for one in resource("Product").filters]
    assert found == [
        "sku",
        "sku__in",
        "sku__prefix",
        "title",
        "title__in",
        "title__prefix",
        "kind",
        "kind__in",
        "price_amount",
        "price_amount__gt",
        "price_amount__gte",
        "price_amount__lt",
        "price_amount__lte",
        "recipe",
        "recipe__in",
        "recipe__null",
        "on_sale",
        "allergens__has",
    ]


def test_a_float_is_compared_and_never_equal() -> None:
    found = only("resources:\n  Box:\n    fields:\n      weight: {type: float, index: true}\n")
    assert [one.operator for one in found.filters] == ["gt", "gte", "lt", "lte"]


def test_an_indexed_list_gets_a_table_of_its_own() -> None:
    [table] = resource("Product").lists
    assert (table.table, table.field.name) == ("product_allergens", "allergens")


def test_references_are_found_at_any_depth() -> None:
    assert resource("Order").references == (
        Reference(("customer",), "Customer", "restrict", pin=False, optional=False),
        Reference(("lines", "*", "product"), "Product", "restrict", pin=True, optional=False),
    )
    assert resource("Supplier").references == (
        Reference(("delivers", "*"), "Product", "unlink", pin=False, optional=False),
    )


def test_a_recursive_value_ends_the_search_for_references() -> None:
    found = only(
        "values:\n  Part: {title: string, parts: [Part]}\n"
        "resources:\n  Box:\n    fields: {part: Part}\n"
    )
    assert found.references == ()


def test_grants_are_lines_of_allow_with_actions_in_order() -> None:
    assert resource("Customer").grants == (
        Grant("signed_in", ("create", "read", "update"), own=True),
        Grant("staff", ("read",), own=False),
        Grant(
            "admin",
            ("create", "read", "update", "delete", "restore", "history"),
            own=False,
            everything=True,
        ),
    )


def test_all_means_publish_only_where_there_are_drafts() -> None:
    assert "publish" in resource("Product").actions
    assert "publish" not in resource("Customer").actions


def test_actions_are_what_somebody_may_do() -> None:
    found = only(
        "roles: {staff: Bakers}\nresources:\n  Box:\n    fields: {title: string}\n"
        "    allow: {staff: [update], anyone: [read]}\n"
    )
    assert found.actions == ("read", "update")
    assert only("resources:\n  Box:\n    fields: {title: string}\n").actions == ()


def test_the_owner_may_do_something_on_what_is_theirs() -> None:
    found = only(
        "resources:\n  Box:\n    owner: account\n    fields: {account: string}\n"
        "    allow: {owner: [read]}\n"
    )
    assert found.grants == (Grant("owner", ("read",), own=True),)


def test_a_workflow_knows_its_states_and_who_moves_it() -> None:
    workflow = resource("Order").workflow
    assert workflow is not None
    assert (workflow.field, workflow.initial) == ("status", "placed")
    cancel = workflow.transitions[-1]
    assert isinstance(cancel, Transition)
    assert (cancel.sources, cancel.target) == (("placed", "paid"), "cancelled")
    assert cancel.allow == ("owner", "staff")


def test_secrets_are_seen_through_unions_and_values() -> None:
    [payment] = bakery().unions
    assert payment.secret
    assert [variant.secret for variant in payment.variants] == [True, False, False]
    assert resource("Order").secret
    assert not resource("Product").secret


def test_variants_get_a_class_each() -> None:
    [payment] = bakery().unions
    assert payment.tag == "kind"
    assert [(one.tag, one.class_name) for one in payment.variants] == [
        ("card", "CardPayment"),
        ("cash", "CashPayment"),
        ("invoice", "InvoicePayment"),
    ]


def test_how_much_history_is_kept() -> None:
    assert resource("Recipe").keep == Keep("all", None)
    assert resource("Supplier").keep == Keep(50, None)
    assert resource("Product").keep == Keep("all", None)
    written = "resources:\n  Box:\n    keep: {revisions: 5, days: 90d}\n    fields: {a: string}\n"
    assert only(written).keep == Keep(5, 90)


def test_jobs_know_what_sets_them_off() -> None:
    receipt, report = job("SendReceipt"), job("NightlyReport")
    assert (receipt.function, receipt.path) == ("send_receipt", "send-receipt")
    assert receipt.after == ("Order", "pay")
    assert receipt.once_per == ("order",)
    assert receipt.retry == Retry(5, 30.0, "exponential")
    assert receipt.timeout == 120.0
    assert (report.schedule, report.after) == ("0 3 * * *", None)
    assert report.retry == Retry(2, 300.0, "fixed")
    assert report.result[0].type == Type("scalar", "blob")


def test_a_dropped_field_is_kept_apart() -> None:
    found = only(
        "resources:\n  Box:\n    fields:\n      a: string\n      b: {type: string, drop: true}\n"
    )
    assert [one.name for one in found.fields] == ["a"]
    assert [one.name for one in found.dropped] == ["b"]


def test_the_long_forms_of_enums_and_values_say_more() -> None:
    text = (
        "enums:\n  Kind: {members: [bread], was: Sort, description: What it is.}\n"
        "values:\n  Money: {fields: {amount: decimal}, was: Cash, deprecated: true}\n"
    )
    domain = resolve(parse_text(Path("spec.yaml"), f"spec: 1\nname: shop\n{text}"))
    kind, money = domain.enums[0], domain.values[0]
    assert (kind.was, kind.description) == ("Sort", "What it is.")
    assert (money.was, money.deprecated, len(money.fields)) == ("Cash", "", 1)


def test_a_value_may_have_a_field_called_fields() -> None:
    text = "spec: 1\nname: shop\nvalues:\n  Form: {fields: [string]}\n"
    [form] = resolve(parse_text(Path("spec.yaml"), text)).values
    assert form.fields[0].name == "fields"


def test_optional_circles_are_fine() -> None:
    found = only(
        "resources:\n  Team:\n    fields: {captain?: Player, rivals: [Team]}\n"
        "  Player:\n    fields: {team: Team, friend?: Player}\n"
    )
    assert found.name == "Player"


@pytest.mark.parametrize(
    "schedule",
    ["* * * * *", "*/5 * * * *", "0 3 1-5,10 * *", "0 9 * jan-mar mon-fri", "59 23 31 12 7"],
)
def test_a_schedule_may_use_all_of_cron(schedule: str) -> None:
    text = f"spec: 1\nname: shop\njobs:\n  Sweep: {{schedule: '{schedule}'}}\n"
    assert resolve(parse_text(Path("spec.yaml"), text)).jobs[0].schedule == schedule


@pytest.mark.parametrize(
    "schedule",
    [
        "",
        "* * * *",
        "60 * * * *",
        "*/0 * * * *",
        "5-1 * * * *",
        "@daily",
        "x * * * *",
        "1, * * * *",
    ],
)
def test_a_schedule_that_never_comes_is_refused(schedule: str) -> None:
    text = f"spec: 1\nname: shop\njobs:\n  Sweep: {{schedule: '{schedule}'}}\n"
    with pytest.raises(SpecError):
        resolve(parse_text(Path("spec.yaml"), text))


def test_the_same_spec_means_the_same() -> None:
    assert resolve(parse(BAKERY)) == resolve(parse(BAKERY))
