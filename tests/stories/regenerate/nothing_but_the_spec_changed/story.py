# No edit, no question.
spec("      weight?: {", "      note?: {type: text}\n      weight?: {")
