# What a team adds inside a class and above a function.
edit("shelf/things/models.py", """class ThingOut(Thing):
""", """@final
class ThingOut(Thing):
""")
edit("shelf/things/models.py", "from typing import Annotated, Literal\n", "from typing import Annotated, Literal, final\n")
edit("shelf/things/models.py", """class Thing(ThingBase):
    \"\"\"A thing as it is stored.\"\"\"
""", """class Thing(ThingBase):
    \"\"\"A thing as it is stored.\"\"\"

    class Limits:
        heaviest = 500
""")
spec("      weight?:", "      volume: {type: int, computed: true}\n      weight?:")
