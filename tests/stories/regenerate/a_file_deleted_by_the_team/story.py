# It stays deleted, although the spec changes what would be in it.
delete("tests/things/test_router.py")
delete("Dockerfile")
spec("      weight?: {", "      note?: {type: text}\n      weight?: {")
