"""What the demo answers in English.  Text, not code: the reader meets it in the first minute."""

from __future__ import annotations

from collections.abc import Sequence

FOOTER = (
    "\n\n---\n\n*This is the built-in demo: the text was stored on this computer, Qwen did not write it. "
    "For real answers, add an API key in Settings.*"
)

STREAMING = (
    "The person wants to understand streaming, so first the shape on the wire, then code that runs. "
    "The classic mistake is to split the bytes before a line is whole; worth a warning.",
    '''**Server-sent events** turn one HTTP response into a stream. The server keeps the response open and writes \
small text blocks as the model produces words; a blank line ends each block.

```text
data: {"choices":[{"delta":{"content":"Hel"}}]}

data: {"choices":[{"delta":{"content":"lo"}}]}

data: [DONE]
```

A reader in Python needs only the standard library:

```python
import json
import urllib.request


def stream_reply(url, api_key, body):
    """Yield the text of a reply piece by piece."""
    request = urllib.request.Request(url, data=json.dumps(body).encode())
    request.add_header("Authorization", f"Bearer {api_key}")
    request.add_header("Content-Type", "application/json")
    with urllib.request.urlopen(request) as response:
        for line in response:  # bytes, cut at the line feed
            if not line.startswith(b"data: ") or b"[DONE]" in line:
                continue
            for choice in json.loads(line[6:])["choices"]:
                yield choice["delta"].get("content") or ""
```

Three things to get right:

1. **Decode whole lines.** A read may end in the middle of a character, so collect bytes first.
2. **Trust `finish_reason`, not the socket.** A closed connection alone does not mean that the reply is complete.
3. **Do not re-send blindly.** Every new request is a new reply, and a new bill.''',
)

COMPARISON = (
    "A table is asked for. Rows that decide in practice: where it runs, who may write, types, operations. "
    "End with a rule of thumb.",
    """Both are excellent, and they solve different problems: SQLite replaces a file, PostgreSQL \
replaces a shared service.

| | SQLite | PostgreSQL |
|---|---|---|
| Runs as | a library inside your program | a server with its own processes |
| Data lives in | one ordinary file | a directory the server manages |
| Writers at a time | one for the whole file | many, with row-level locks |
| Readers while writing | yes, in WAL mode | yes, by MVCC |
| Types | flexible by default, `STRICT` tables if you wish | strict, rich and extensible |
| Full-text search | FTS5 extension | built in |
| Replication | not built in | built in |
| Back-up | copy through the backup API | `pg_dump` or base backup with WAL |
| Administration | practically none | users, tuning, vacuum, upgrades |
| Best at | apps, devices, tests, small sites | services with many clients |

**Rule of thumb**

- One machine and mostly one writer: take **SQLite**. A desktop application is the textbook case.
- Several machines, or many people writing at once: take **PostgreSQL**.
- Not sure yet? Start with SQLite and keep to plain SQL, so that moving later stays small.""",
)

TRIP = (
    "Three days: the old centre, one day for the Wall, and a slower third day. "
    "Mention bookings and the Monday closing, since they ruin trips.",
    """Three days are enough for the great sights if each day keeps to one part of the city.

### Day 1 · The old centre
- **Morning:** Tian'anmen Square, then the Palace Museum from south to north. Reserve the museum ahead with your \
passport; it is closed on most Mondays.
- **Afternoon:** climb the hill in Jingshan Park for the view over the golden roofs.
- **Evening:** walk around Shichahai; roast duck for dinner.

### Day 2 · The Great Wall
- **Morning:** leave by eight for *Mutianyu*, about 70 km away. It is restored, less crowded than Badaling, and a \
cable car saves the climb.
- **Afternoon:** back by four, then an hour of rest; the steps are steep.
- **Evening:** the Olympic Park, when the Bird's Nest is lit.

### Day 3 · Temples and lanes
- **Morning:** the Temple of Heaven, where the neighbourhood comes for tai chi and chess.
- **Afternoon:** the Summer Palace by boat, or the Lama Temple and the hutongs around it if you prefer short distances.
- **Evening:** noodles with soybean paste (炸酱面, *zhájiàngmiàn*) before you leave.

> Book the Palace Museum and the trains first; everything else can move by a day if it rains.""",
)

EMAIL = (
    "A friendlier tone without losing the request. The demo cannot rewrite a given draft, so it should say so "
    "and show the method on an example.",
    """The demo cannot read your draft as Qwen would, so here is the method on an example.

**Before**

> You still have not sent the figures. I asked twice. I need them today or the report will be late because of you.

**After**

> Hello Lin,
>
> I am putting the quarterly report together and have everything except your sales figures. Could you send them by \
four o'clock today? If the final numbers are not ready, a first estimate would already help me, and I can correct it \
tomorrow.
>
> Thank you,
> Maya

**What changed**

1. *Reason first.* The reader learns why it matters before what you want.
2. *One clear request with a time.* "By four o'clock today" is kinder than "as soon as possible", since nobody has to \
guess.
3. *A way out.* Offering an estimate turns a refusal into a step.
4. *No blame.* "I asked twice" is true, but it only makes the answer slower.

For a firmer version, keep points 1 and 2, drop the way out, and say what happens at the deadline.""",
)

CODE = (
    "Some code is wanted. A small complete function with an example says more than a long listing.",
    '''Here is a small, complete example: group words that are anagrams of each other.

```python
from collections import defaultdict


def anagrams(words):
    """Groups of words made of the same letters, in order of first appearance."""
    groups = defaultdict(list)
    for word in words:
        groups["".join(sorted(word.lower()))].append(word)
    return [group for group in groups.values() if len(group) > 1]


print(anagrams(["listen", "stone", "silent", "notes", "tea"]))
# [['listen', 'silent'], ['stone', 'notes']]
```

Sorting the letters gives every anagram the same key, so one pass over the list is enough. Use the copy button above \
the code to take it with you.''',
)

TABLE = (
    "A table, then. Something small that shows alignment.",
    """Tables are drawn as tables, and wide ones scroll sideways:

| Planet | Day | Year | Moons |
|:--|--:|--:|--:|
| Earth | 24 h | 365 d | 1 |
| Mars | 24.6 h | 687 d | 2 |
| Jupiter | 9.9 h | 11.9 y | dozens |
| Saturn | 10.7 h | 29.5 y | over a hundred |

Text aligns left, numbers align right, and a cell may hold **bold**, *italic* or `code`.""",
)

FORMULA = (
    "A formula with its meaning, and a line of code to check it.",
    """The solutions of a quadratic equation `ax² + bx + c = 0` are

$$
x = \\frac{-b \\pm \\sqrt{b^2 - 4ac}}{2a}
$$

The part under the root, `b² − 4ac`, decides: positive gives two real solutions, zero gives one, negative gives none \
among the real numbers. For `x² − 5x + 6 = 0` it is 25 − 24 = 1, so the solutions are **2** and **3**.""",
)

LIST = (
    "A list with an order and one with boxes, short enough to use.",
    """A short list for a calm start into the week:

1. Write down the **three** results that would make this week a good one.
2. Put the hardest of them into the first free morning.
3. Leave one afternoon without meetings.

And for the last hour on Friday:

- [x] answer what takes two minutes
- [ ] close the open tabs
- [ ] note where Monday begins""",
)

ABOUT = (
    "A greeting or a question about what this is. Be plain: this is a demo.",
    """Hello. I am the demo inside Qwen Desktop: a small server on this computer that answers as the Qwen service \
would, piece by piece, with thinking where you switched it on. I am not a language model, so I can only recite.

Try one of these:

- `Compare SQLite and PostgreSQL in a table`
- `Plan three days in Beijing`
- `Explain how streaming over SSE works, with a small Python example`
- `/error` to see how problems look, for example `/error 429` or `/error cut`

You can stop me at any time with **Stop** or Esc; what has arrived is kept.""",
)

ERROR_HELP = (
    "",
    """Write one of these to see how the app deals with trouble. Nothing leaves this computer.

| Prompt | What happens |
|---|---|
| `/error 401` | the API key is not accepted |
| `/error 403` | no access to the model |
| `/error 404` | the model does not exist |
| `/error 429` | too many requests; the app tries again by itself |
| `/error quota` | the free quota is used up |
| `/error bill` | the account has an unpaid bill |
| `/error long` | the conversation is too long for the model |
| `/error history` | the same, until the oldest turns are left out |
| `/error picture` | a picture's link has expired |
| `/error 500` | a fault inside the service |
| `/error 503` | the model is busy |
| `/error input` | the content filter refuses the prompt |
| `/error filter` | the content filter stops the reply half-way |
| `/error poison` | the same, and every later message is refused until this turn is left out |
| `/error cut` | the connection breaks half-way |
| `/error stall` | the reply falls silent half-way |
| `/error slow` | the first word takes 15 seconds |
| `/error empty` | an answer without any text |""",
)

BROKEN = (
    "This one is about to go wrong on purpose.",
    """This reply shows trouble half-way. The first sentences arrive as usual, so there is something to keep, and then \
the service or the network lets you down. What you have read so far stays in the conversation, and the note below it \
says what happened and what can be done about it. If you can read this sentence, the whole reply has arrived \
after all.""",
)

SLOW = (
    "",
    """Thank you for waiting. The first word of this reply was held back for 15 seconds, so that you could see how the \
app counts the time and that **Stop** works while nothing has arrived yet.""",
)

SEARCH = (
    "Search is on. The demo has no web to look at, so say that first, then show how numbers and pages belong together.",
    """The demo did not search the web: this reply only shows how sources look. A real model looks pages up first, \
and puts a number behind what it took from one of them.[1]

- A click on a number opens its page in the browser.[2]
- What stands in code is never a number of a source, such as `pages[1]`:

```python
first = pages[1]  # not a source
```

All pages are listed below the reply with their titles and hosts. Nothing is loaded from them until you open one.[3]""",
)

SOURCES = (
    {"index": 1, "title": "Example page one (demo)", "url": "https://example.com/", "site_name": "Example", "icon": ""},
    {"index": 2, "title": "Example page two (demo)", "url": "https://example.org/", "site_name": "无", "icon": ""},
    {"index": 3, "title": "Example page three (demo)", "url": "https://example.net/", "site_name": "", "icon": ""},
)

PICTURES = (
    "A picture came with the prompt. The demo cannot look at it, but it can say what it measured.",
    """This came with your prompt:

{pictures}

Width and height are all the demo knows: it does not look at pictures. A model that sees would now describe what \
is on it, read its text or answer your question about it.""",
)

DEFAULT = (
    "No prepared answer fits this prompt. Say what arrived, then show what a reply can look like.",
    """Your prompt arrived whole: {size}, beginning with “{beginning}”.{history}

A real model would now answer it. The demo can only show what an answer may look like:

- **Markdown** with lists, [links](https://github.com/QwenLM) and `inline code`
- quotes, tables and headings
- code with colours:

```python
def greet(name: str) -> str:
    return f"Hello, {{name}}"
```

> Ask for a *table*, some *code*, a *list* or a *formula*, or write in Chinese, and the answer changes with it.""",
)

CONTINUATION = "… and so it goes on, from exactly where it stopped."


def describe_size(characters: int) -> str:
    return "1 character" if characters == 1 else f"{characters:,} characters"


def describe_history(messages: int) -> str:
    if not messages:
        return ""
    return f" {messages} earlier message{'' if messages == 1 else 's'} came with it."


def describe_pictures(sizes: Sequence[tuple[int, int]]) -> str:
    """One line of a list for each."""
    return "\n".join(
        f"{number}. {width:,} × {height:,} pixels" if width else f"{number}. a link to a picture"
        for number, (width, height) in enumerate(sizes, 1)
    )
