# Nothing is written before they are settled.
edit("shelf/things/tables.py", 'metadata,\n    *meta', 'metadata,\n<<<<<<< HEAD\n    # one\n=======\n    # two\n>>>>>>> theirs\n    *meta')
spec("      weight?: {", "      note?: {type: text}\n      weight?: {")
