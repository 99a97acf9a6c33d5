# Columns are counted in characters, not in bytes.
edit("shelf/things/store.py", '"""Create a thing."""', '"""Ein Ding anlegen: größer, schöner, 物 📦."""')
edit("shelf/things/tables.py", 'sa.Column("title", sa.String(80), nullable=False)', 'sa.Column("title", sa.String(80), nullable=False, comment="物 📦")')
spec("title: {type: string, max: 80", "name: {was: title, type: string, max: 90")
