# Taken over, it is never touched again.
first("eject", "shelf/things/tables.py")
edit("shelf/things/tables.py", "sa.String(80)", "sa.String(10)")
spec("max: 80", "max: 100")
