"""Runs on the system's Python: reads the app's window over the accessibility bus and prints what it finds as JSON.

`read_screen.py WAIT_FOR SECONDS`: walks until a paragraph inside "Transcript" holds WAIT_FOR, then prints
{"names": [...], "paragraphs": [[name, text], ...], "inserts": n}.
"""

import json
import sys
import time

import gi

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi, GLib  # noqa: E402


def walk(thing, depth=0):
    yield thing
    if depth < 30:
        for number in range(min(thing.get_child_count(), 500)):
            child = thing.get_child_at_index(number)
            if child is not None:
                yield from walk(child, depth + 1)


def app_window():
    desktop = Atspi.get_desktop(0)
    for number in range(desktop.get_child_count()):
        app = desktop.get_child_at_index(number)
        if app is not None and "qwen" in (app.get_name() or "").lower():
            return app
    return None


def text_of(thing):
    text = thing.get_text_iface()
    return "" if text is None else Atspi.Text.get_text(text, 0, Atspi.Text.get_character_count(text))


def look():
    app = app_window()
    if app is None:
        return [], []
    names, paragraphs = [], []
    for thing in walk(app):
        names.append(thing.get_name() or "")
        if thing.get_name() == "Transcript":
            for inside in walk(thing):
                if inside.get_text_iface() is not None and inside.get_role() == Atspi.Role.PARAGRAPH:
                    paragraphs.append([inside.get_name(), text_of(inside)])
    return names, paragraphs


def main(wait_for, seconds):
    inserts = []
    listener = Atspi.EventListener.new(lambda event: inserts.append(event.any_data))
    listener.register("object:text-changed:insert")
    deadline = time.monotonic() + seconds
    context = GLib.MainContext.default()
    while time.monotonic() < deadline:
        for _ in range(200):
            if not context.iteration(False):
                break
        try:
            names, paragraphs = look()
        except GLib.Error:
            continue
        if any(wait_for in text for _, text in paragraphs):
            print(json.dumps({"names": names, "paragraphs": paragraphs, "inserts": len(inserts)}))
            return 0
        time.sleep(0.1)
    print(json.dumps({"names": names, "paragraphs": paragraphs, "inserts": len(inserts)}))
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], float(sys.argv[2])))
