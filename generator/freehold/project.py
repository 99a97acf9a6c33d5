# NOTE from the lead: your project.py was overwritten by my mistake. Please write your version again here
# (decide, sources, carry_out, moved, Work, WRITTEN ...). My templates' values now live in application.py.
