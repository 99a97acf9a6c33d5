# Not Python, so nothing but lines is known of it.
edit("shelf/things/tables.py", 'sa.Column("title", sa.String(80), nullable=False)', 'sa.Column("title", sa.String(80, nullable=False)')
spec("max: 80", "max: 100")
