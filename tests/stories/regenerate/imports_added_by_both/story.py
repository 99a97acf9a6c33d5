# Both sides import more from one module, and more modules.
edit("shelf/things/tables.py", "import sqlalchemy as sa\n", "import datetime\n\nimport sqlalchemy as sa\n")
edit("shelf/things/tables.py", "from tenure.tables import ", "from tenure.tables import Exact, ")
append("shelf/things/tables.py", "\nSINCE = datetime.date(2020, 1, 1)\nCENTS = Exact(10, 2)\n")
spec("      weight?: {", "      at?: {type: datetime, index: true}\n      weight?: {")
