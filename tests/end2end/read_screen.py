"""Runs on the system's Python: reads the app's window over the accessibility bus and prints what it finds as JSON.

`read_screen.py WAIT_FOR SECONDS [EVENT]`: walks until a paragraph inside "Transcript" holds WAIT_FOR and none is being
written, then prints what it saw:
{"names": [...], "paragraphs": [[name, text], ...], "inserts": n, "announced": [...], "offsets": bool}.
"offsets" says whether the texts of all parts, wherever cut, are the whole text; EVENT is what counts as announced,
object:announcement without it.
`read_screen.py --named NAME SECONDS`: waits until something in the window has this name.
`read_screen.py --focused NAME SECONDS`: waits until something of this name gets the keyboard; prints a JSON list of the
names of all that got it meanwhile.
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
        # The process of the tests may be there too, with that name and without a window.
        if app is not None and "qwen" in (app.get_name() or "").lower() and app.get_child_count():
            return app
    return None


def text_of(thing):
    text = thing.get_text_iface()
    return "" if text is None else Atspi.Text.get_text(text, 0, Atspi.Text.get_character_count(text))


def look():
    app = app_window()
    if app is None:
        return [], [], []
    names, paragraphs, pieces = [], [], []
    for thing in walk(app):
        names.append(thing.get_name() or "")
        if thing.get_name() == "Transcript":
            for inside in walk(thing):
                if inside.get_text_iface() is not None and inside.get_role() == Atspi.Role.PARAGRAPH:
                    paragraphs.append([inside.get_name(), text_of(inside)])
                    pieces.append(inside)
    return names, paragraphs, pieces


def is_exact_in_parts(thing, whole):
    """Reading on from where the last part ended gives the text, whatever is at the place of the cut; so do lines and
    words: at the top, in the middle and at the end."""
    text = thing.get_text_iface()
    length = Atspi.Text.get_character_count(text)
    if not length:
        return True
    for begin in {0, max(0, length // 2 - 350), max(0, length - 700)}:
        end = min(begin + 700, length)
        parts = [Atspi.Text.get_text(text, at, min(at + 7, end)) for at in range(begin, end, 7)]
        if "".join(parts) not in (Atspi.Text.get_text(text, begin, end), whole):
            return False
        line = Atspi.Text.get_string_at_offset(text, begin, Atspi.TextGranularity.LINE)
        lines = line.content, Atspi.Text.get_text(text, line.start_offset, line.end_offset)
        if lines[0] != lines[1] or lines[0].rstrip("\n") not in whole.split("\n"):
            return False
        for at in range(begin + 20, min(begin + 60, end)):
            word = Atspi.Text.get_string_at_offset(text, at, Atspi.TextGranularity.WORD)
            exact = Atspi.Text.get_text(text, word.start_offset, word.end_offset)
            if not word.start_offset <= at < word.end_offset or word.content != exact:
                return False
    return True


def main(wait_for, seconds, spoken):
    inserts, announced = [], []
    listener = Atspi.EventListener.new(lambda event: inserts.append(event.any_data))
    listener.register("object:text-changed:insert")
    announcements = Atspi.EventListener.new(lambda event: announced.append(event.any_data))
    announcements.register(spoken)
    deadline = time.monotonic() + seconds
    context = GLib.MainContext.default()
    while time.monotonic() < deadline:
        for _ in range(200):
            if not context.iteration(False):
                break
        try:
            names, paragraphs, pieces = look()
        except GLib.Error:
            continue
        is_running = any(", writing" in name or ", waiting" in name for name, _ in paragraphs)
        if any(wait_for in text for _, text in paragraphs) and not is_running:
            seen = {"names": names, "paragraphs": paragraphs, "inserts": len(inserts)}
            seen["offsets"] = all(
                is_exact_in_parts(piece, text) for piece, (_, text) in zip(pieces, paragraphs, strict=True)
            )
            for _ in range(100_000):
                if not context.iteration(False):
                    break
            seen["announced"] = announced
            print(json.dumps(seen))
            return 0
        time.sleep(0.1)
    print(json.dumps({"names": names, "paragraphs": paragraphs, "inserts": len(inserts)}))
    return 1


def wait_for_name(name, seconds):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if name in look()[0]:
                return 0
        except GLib.Error:
            pass
        time.sleep(0.1)
    return 1


def wait_for_focus(name, seconds):
    focused = []
    listener = Atspi.EventListener.new(lambda event: focused.append(event.source.get_name() if event.detail1 else ""))
    listener.register("object:state-changed:focused")
    print("listening", flush=True)
    deadline = time.monotonic() + seconds
    while name not in focused and time.monotonic() < deadline:
        GLib.MainContext.default().iteration(False)
        time.sleep(0.01)
    print(json.dumps([one for one in focused if one]))
    return 0 if name in focused else 1


if __name__ == "__main__":
    if sys.argv[1] == "--focused":
        sys.exit(wait_for_focus(sys.argv[2], float(sys.argv[3])))
    if sys.argv[1] == "--named":
        sys.exit(wait_for_name(sys.argv[2], float(sys.argv[3])))
    sys.exit(main(sys.argv[1], float(sys.argv[2]), (sys.argv[3:] or ["object:announcement"])[0]))
