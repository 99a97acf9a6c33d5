# Two blanks and single quotes alone give way to what comes.
change("shelf/things/models.py", lambda text: text.replace("    ", "  ").replace('"', "'").replace("\'\'\'", '"""'))
spec("      weight?: {", "      note?: {type: text}\n      weight?: {")
