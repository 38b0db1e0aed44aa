"""Runs on the system's Python: for each line on standard input, what of a process can have the keyboard, as one line.

`walk_screen.py PID`.  A line of input is a name that has to be there first.  What is printed is a JSON list of
[role, names] of all that is focusable and shown in its windows, as it is read over the accessibility bus; names are
its own and its labels', one a line.
"""

import json
import sys
import time

from read_screen import Atspi, GLib, walk

LABELLED_BY = Atspi.RelationType.LABELLED_BY
WAIT_S = 10.0


def applications(process):
    desktop = Atspi.get_desktop(0)
    found = [desktop.get_child_at_index(number) for number in range(desktop.get_child_count())]
    return [app for app in found if app is not None and app.get_process_id() == process]


def labels_of(thing):
    """What labels a combo box, whose own name is what is chosen."""
    by = [relation for relation in thing.get_relation_set() if relation.get_relation_type() == LABELLED_BY]
    return [relation.get_target(i).get_name() for relation in by for i in range(relation.get_n_targets())]


def focusable(process):
    found, names = [], set()
    for thing in (thing for app in applications(process) for thing in walk(app)):
        names.add(thing.get_name() or "")
        states = thing.get_state_set()
        if states.contains(Atspi.StateType.FOCUSABLE) and states.contains(Atspi.StateType.SHOWING):
            found.append([thing.get_role_name(), "\n".join(filter(None, (thing.get_name(), *labels_of(thing))))])
    return found, names


def main(process):
    for line in sys.stdin:
        deadline = time.monotonic() + WAIT_S
        found = None
        while found is None and time.monotonic() < deadline:
            Atspi.get_desktop(0).clear_cache()
            try:
                things, names = focusable(process)
            except GLib.Error:
                continue
            if line.strip() in names:
                found = things
            else:
                time.sleep(0.05)
        print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]))
