"""Conversations out of the history to files, and files, our own and those of others, into it.  No Qt."""
