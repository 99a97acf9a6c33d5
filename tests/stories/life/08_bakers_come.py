# Roles change. The team keeps its tests of access in one place, and has a setting more.
move("tests/customers/test_access.py", "tests/access/test_customers.py")
write("tests/access/__init__.py", "")
edit("bakery/settings.py", '''    body_limit: int =''', '''    opens_at: int = Field(default=7, ge=0, le=23)
    """The hour at which the shop opens."""

    body_limit: int =''')
edit(".env.example", "# BAKERY_DEVELOPMENT", "# The hour at which the shop opens.\n# BAKERY_OPENS_AT=7\n\n# BAKERY_DEVELOPMENT")
spec("  admin: People who may do everything.\n", "  baker: People who bake, and do not sell.\n  admin: People who may do everything.\n")
spec("bake: {from: paid, to: baking, allow: [staff]}", "bake: {from: paid, to: baking, allow: [baker, staff]}")
spec("      staff: [create, read, update]\n      admin: all\n\n  Product", "      baker: [read]\n      staff: [create, read, update]\n      admin: all\n\n  Product")
spec("      staff: [create, read, update, history]\n      admin: all\n\n  Coupon", "      baker: [create, read, update, history]\n      staff: [read]\n      admin: all\n\n  Coupon")
generate()
