# The title changes in the spec, a chapter comes from the team.
append("README.md", "\n## Our shelf\n\nIt is blue.\n")
spec("title: A Shelf", "title: The Shelf")
