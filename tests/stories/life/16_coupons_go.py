# A resource is dropped, which the team had edited: its edit stays until the team removes it.
edit("bakery/coupons/rules.py", "    return body\n\n\nasync def on_update", "    return body.model_copy(update={\"code\": body.code.upper()})\n\n\nasync def on_update")
change("bakery.yaml", lambda text: text[: text.index("  Coupon:")] + text[text.index("  Supplier:") :])
generate()
assert "git rm bakery/coupons/rules.py" in told()
assert "body.code.upper()" in read("bakery/coupons/rules.py")
delete("bakery/coupons/rules.py")
migration("0011_no_coupons")
