# Freehold itself is another version, with other templates. The team has its own ways of running things.
edit("compose.yaml", "services:\n", "services:\n  mail:\n    image: axllent/mailpit:v1.27\n    ports: [\"8025:8025\"]\n")
edit(".github/workflows/ci.yml", "      - run: alembic check\n", "      - run: alembic check\n      - run: python -m bakery verify\n")
upgrade()
generate()
