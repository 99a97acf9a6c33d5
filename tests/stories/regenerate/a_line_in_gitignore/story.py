# A line at the end, and one that the templates take away in the middle.
append(".gitignore", "*.sqlite\n")
for path in (".gitignore", ".freehold/base/.gitignore.base"):
    change(path, lambda text: text.replace(".coverage\n", ".coverage\nhtmlcov/\n"))
