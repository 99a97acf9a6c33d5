# At the end of the columns, where the spec adds one too.
edit("shelf/things/tables.py", '    sa.Column("search", sa.Text(), nullable=False),\n', '    sa.Column("search", sa.Text(), nullable=False),\n    sa.Column("shelf_mark", sa.String(10), nullable=True),\n')
edit("shelf/things/tables.py", ',\n)\n\nthing_revisions', ',\n    sa.Index("ix_things_mark", "shelf_mark"),\n)\n\nthing_revisions')
spec("on_delete: set_null}\n", "on_delete: set_null}\n      code?: {type: string, max: 9, index: true}\n")
