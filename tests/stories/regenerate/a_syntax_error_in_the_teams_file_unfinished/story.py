# Half a thought is kept, as far as lines alone can tell.
append("shelf/things/tables.py", "\ndef half(\n")
spec("      weight?: {", "      note?: {type: string, index: true}\n      weight?: {")
