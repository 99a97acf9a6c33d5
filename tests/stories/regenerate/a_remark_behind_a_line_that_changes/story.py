# A remark at the end of a line that the spec changes.
edit("shelf/things/tables.py", '    sa.Column("title", sa.String(80), nullable=False),', '    sa.Column("title", sa.String(80), nullable=False),  # cut by the printer')
spec("max: 80", "max: 100")
