# A resource comes, with a reference to it. The team needs a package, and says more in the README.
edit("pyproject.toml", '    "pydantic-settings>=2.12",\n', '    "pydantic-settings>=2.12",\n    "python-multipart>=0.0.20", # the till sends forms\n')
edit("README.md", "## Run it\n", "Ask Ada before you change prices: they are printed on the window, too.\n\n## Run it\n")
spec("  OrderLine:\n    product", "  Ingredient:\n    name: string\n    grams: {type: int, min: 1}\n  OrderLine:\n    product")
spec("      on_sale: {type: bool, default: true, index: true}\n", "      on_sale: {type: bool, default: true, index: true}\n      recipe?: {type: Recipe, on_delete: set_null}\n")
spec("  Vendor:\n", '''  Recipe:
    fields:
      title: {type: string, max: 80}
      ingredients: {type: [Ingredient], min: 1}
      steps: text
      weight: {type: int, computed: true, description: Grams of all ingredients}
    allow:
      staff: [create, read, update, history]
      admin: all

  Coupon:
    fields:
      code: {type: string, max: 20, unique: true}
      percent: {type: int, min: 1, max: 90}
    allow:
      staff: [create, read]
      admin: all

  Vendor:
''')
generate()
edit("bakery/recipes/rules.py", "    return 0\n", "    return sum(ingredient.grams for ingredient in recipe.ingredients)\n")
migration("0004_recipes")
