# A remark belongs to what it stands above.
edit("shelf/things/tables.py", '    sa.Column("title", sa.String(80), nullable=False),', '    # The printer cuts longer ones.\n    sa.Column("title", sa.String(80), nullable=False),')
spec("max: 80", "max: 100")
generate("--dry-run")
