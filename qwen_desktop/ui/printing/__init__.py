"""Chats to PDF and to the bodies of web pages, in a process of its own."""
