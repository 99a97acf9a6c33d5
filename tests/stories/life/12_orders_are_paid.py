# A union comes. The team has a table of its own, with a migration of its own.
write("bakery/openings.py", '''"""When the shop is open, which no resource of the spec knows."""

import sqlalchemy as sa

from bakery.database import metadata

openings = sa.Table(
    "openings",
    metadata,
    sa.Column("day", sa.Date(), primary_key=True),
    sa.Column("opens_at", sa.Integer(), nullable=False),
)
''')
edit("bakery/schema.py", "from tenure.tables import system_tables\n\n", "from tenure.tables import system_tables\n\nfrom bakery import openings\n")
edit("bakery/schema.py", '    "metadata",\n', '    "metadata",\n    "openings",\n')
migration("0007_openings")
spec("resources:\n  Customer", '''unions:
  Payment:
    tag: kind
    of:
      card: {last4: {type: string, pattern: '^\\d{4}$'}}
      cash: {}

resources:
  Customer''')
spec("      total: {type: Money, computed: true, index: [amount]}\n", "      total: {type: Money, computed: true, index: [amount]}\n      payment?: Payment\n")
generate()
