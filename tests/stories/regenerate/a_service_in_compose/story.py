# A service of the team behind the one that the templates change.
edit("compose.yaml", "    restart: unless-stopped\n", "    restart: unless-stopped\n  mail:\n    image: mailpit\n")
for path in ("compose.yaml", ".freehold/base/compose.yaml.base"):
    change(path, lambda text: text.replace("unless-stopped", "always"))
