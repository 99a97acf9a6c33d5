"""One module for each command; the command line imports the one that is called."""
