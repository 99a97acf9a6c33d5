# A resource is renamed. The team has been at work in every file of it.
edit("bakery/vendors/rules.py", '''    """Look at a vendor before it is created: return it, changed or not, or raise `tenure.Invalid`."""
    return body
''', '''    """A vendor is known by a short name."""
    vendor = body.model_copy(update={"name": body.name.strip()})
    if not vendor.name:
        raise Invalid("a vendor has a name", [FieldError("/name", "is empty")])
    return vendor
''')
edit("bakery/vendors/rules.py", "import Actor, Storage\n", "import Actor, Invalid, Storage\nfrom tenure.errors import FieldError\n")
edit("bakery/vendors/store.py", '    """Create a vendor."""\n', '    """Create a vendor, once the bookkeeper has seen the contract."""\n')
edit("bakery/vendors/router.py", '''    """Create a vendor."""
    access.require(actor, "create", "vendor")
''', '''    """Create a vendor."""
    access.require(actor, "create", "vendor")
    LOG.info("a new vendor: %s", body.name)
''')
edit("bakery/vendors/router.py", '''router = Router("/vendors", tags=["vendors"])
''', '''router = Router("/vendors", tags=["vendors"])

LOG = logging.getLogger(__name__)
''')
edit("bakery/vendors/router.py", "from fastapi import", "import logging\n\nfrom fastapi import")
write("tests/vendors/test_names.py", '''"""Names of vendors, which are ours."""

from fastapi.testclient import TestClient

from bakery.vendors.models import VendorIn
from tests import samples


def test_a_name_has_no_space_around_it(team: TestClient) -> None:
    body = samples.vendor(name="  Mill  ")
    VendorIn.model_validate(body)

    answer = team.post("/vendors", json=body)

    assert answer.json()["name"] == "Mill"
''')
spec("  Vendor:\n", "  Supplier:\n    was: Vendor\n")
renamed(vendor="supplier", Vendor="Supplier")
# One sentence both sides write anew: a person decides.
generate(settled={"bakery/suppliers/store.py": "--mine"})
assert "tests/suppliers/test_names.py:" in told()
assert 'team.post("/suppliers"' in read("tests/suppliers/test_names.py"), "the address moved along"
migration("0005_suppliers")
