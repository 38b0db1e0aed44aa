"""Keys that reach the app from everywhere: one interface, a back end for each kind of desktop."""
