# The same line: a person decides.
edit("README.md", "# A Shelf\n", "# Our Blue Shelf\n")
spec("title: A Shelf", "title: The Shelf")
