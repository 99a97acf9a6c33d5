# Nothing new, so nothing is written.
edit("shelf/things/store.py", '"""Create a thing."""', '"""Create a thing, and be glad."""')
