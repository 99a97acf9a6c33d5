# A validator, a rule and a column option name the field that the spec renames.
edit("shelf/things/models.py", "import BaseModel, ConfigDict, Field\n", "import BaseModel, ConfigDict, Field, field_validator\n")
edit("shelf/things/models.py", """max_length=40)] = None


class ThingIn""", """max_length=40)] = None

    @field_validator("title")
    @classmethod
    def tidy(cls, value: str) -> str:
        return value.strip()


class ThingIn""")
edit("shelf/things/rules.py", """before it is created: return it, changed or not, or raise `tenure.Invalid`.\"\"\"
    return body
""", """before it is created.\"\"\"
    return body.model_copy(update={"title": body.title.capitalize()})
""")
edit("shelf/things/tables.py", 'sa.Column("title", sa.String(80), nullable=False)', 'sa.Column("title", sa.String(80), nullable=False, comment="on the box")')
spec("title: {type: string", "name: {was: title, type: string")
