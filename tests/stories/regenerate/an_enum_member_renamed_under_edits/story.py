# The rule names the member.
change("shelf/things/rules.py", lambda text: text.replace("from . import models\n", "from shelf.types import Size\n\nfrom . import models\n").replace("    return body\n\n\n", "    if body.size is Size.large:\n        print('mind your back')\n    return body\n\n\n"))
spec("Size: [small, large]", "Size: {small: Small, huge: {title: Huge, was: large}}")
