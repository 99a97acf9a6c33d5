# A service of the team behind the one that the templates change.
edit("compose.yaml", "\nvolumes:\n", "  mail:\n    image: mailpit\n\nvolumes:\n")
for path in ("compose.yaml", ".freehold/base/compose.yaml.base"):
    change(path, lambda text: text.replace("unless-stopped", "always"))
