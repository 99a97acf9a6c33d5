# Is it a rename? Only the author knows.
spec("title: {type: string", "name: {type: string")
