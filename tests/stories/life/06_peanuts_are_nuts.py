# A member of an enum is renamed, which a rule of the team names.
edit("bakery/products/rules.py", '''    return body.model_copy(update={"title": body.title.strip()})
''', '''    if "peanut" in body.title.lower() and Allergen.peanuts not in body.allergens:
        raise Invalid("say what is in it", [FieldError("/allergens", "lacks the nuts")])
    return body.model_copy(update={"title": body.title.strip()})
''')
edit("bakery/products/rules.py", "from . import models\n", "from bakery.types import Allergen\n\nfrom . import models\n")
spec("  Allergen: [gluten, milk, peanuts]\n", '''  Allergen:
    gluten: Cereals containing gluten
    milk: Milk and dairy
    nuts: {title: Nuts, was: peanuts}
''')
renamed(peanuts="nuts")
generate()
