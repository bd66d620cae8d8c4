"""A device to play with in a browser: the program's own functions as JavaScript, and the page around them."""
