"""A history of any size to search in, queries about it, and an oracle that answers them by brute force.

The same seed gives the same texts.  The oracle shares nothing with the search: whole strings are normalised with
`unicodedata`, scripts converted with opencc and readings looked up with pypinyin, character by character.
"""

from __future__ import annotations

import random
import re
import unicodedata
from collections import defaultdict
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import accumulate
from pathlib import Path

from opencc import OpenCC
from pypinyin.constants import PINYIN_DICT
from pypinyin.phrases_dict import phrases_dict

from qwen_desktop.core.storage import migrations
from qwen_desktop.core.storage.database import open_writer

HAN_WORDS = """
北京 天气 上海 重庆 西安 音乐 快乐 银行 行走 长城 长大 中国 人民 语言 模型 数据
网络 服务器 程序 代码 函数 变量 测试 错误 修复 文件 目录 数据库 索引 搜索 历史 对话
问题 回答 建议 方案 计划 项目 时间 今天 明天 昨天 早上 晚上 吃饭 喝水 旅行 飞机
火车 地铁 汽车 自行车 图书馆 学校 老师 学生 朋友 家庭 孩子 妈妈 爸爸 工作 会议 报告
总结 邮件 电话 手机 电脑 屏幕 键盘 鼠标 绿色 红色 蓝色 女儿 旅游 略微 体验 设计
界面 颜色 字体 简单 复杂 重要 重复 了解 方便 快速 性能 内存 缓存 线程 进程 同步
异步 请求 响应 接口 协议 加密 安全 密码 用户 权限 系统 平台 环境 配置 安装 更新
升级 版本 发布 部署 监控 日志 备份 恢复
""".split()  # noqa: SIM905
TRADITIONAL = OpenCC("s2t")
STEMS = "ab ac al an ar be bo ca ce co da de di do el en er es fa fi fo ga ge go ha he hi ho in is it ka ke la le lo ma"
ACCENTED = ("café", "naïve", "Zürich", "résumé", "piñata", "Straße", "smörgåsbord", "Ångström", "ёлка", "Привет")
CODE = "```python\ndef {0}_{1}(x):\n    return {0}.{1}(x) + 0x{2:x}\n```"
MODELS = ("qwen3.7-plus", "qwen3-max", "qwen-vl-plus", "qwen3-coder-plus")
BEGIN = datetime(2024, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Text:
    """A title (`message_id` 0) or a message."""

    conversation_id: int
    message_id: int
    role: str
    text: str
    created_at: datetime
    models: tuple[str, ...]
    has_code: bool


@dataclass(frozen=True)
class Asked:
    """A query and what it means, for the oracle."""

    text: str
    words: tuple[str, ...] = ()
    phrases: tuple[str, ...] = ()
    model: str = ""
    before: datetime | None = None
    after: datetime | None = None
    has_code: bool = False


class Corpus:
    """Conversations of 4 to 40 messages: Chinese in both scripts, English, code, accents, wide forms, some deleted."""

    def __init__(self, messages: int, seed: int = 7) -> None:
        self._random = random.Random(seed)
        one = self._random
        stems = STEMS.split()
        self.words = ["".join(one.choices(stems, k=one.randint(1, 4))) for _ in range(30_000)]
        self._weights = list(accumulate(1 / (rank + 10) for rank in range(len(self.words))))
        self.rows: list[tuple[int, int, int | None, int, str, str, str, str | None, str | None]] = []
        self.titles: list[tuple[int, str, str, int | None, str | None]] = []
        self.texts: list[Text] = []
        """What can be found."""
        message_id = 0
        while len(self.rows) < messages:
            message_id = self._conversation(len(self.titles) + 1, message_id, messages - len(self.rows))

    def _conversation(self, conversation_id: int, message_id: int, room: int) -> int:
        one = self._random
        count = min(room, one.randint(2, 20) * 2)
        moment = BEGIN + timedelta(minutes=17 * message_id)
        is_deleted = one.random() < 0.03
        title = self._sentence(one.randint(2, 6))
        path: list[int] = []
        texts: list[Text] = []
        models_here: set[str] = set()
        code_here = False
        siblings: dict[int | None, int] = {}
        for number in range(count):
            message_id += 1
            is_prompt = number % 2 == 0
            parent = path[-1] if path else None
            if is_prompt and len(path) > 3 and one.random() < 0.1:
                parent = path[-3]  # another branch
            parent_role_index = siblings.get(parent, 0)
            siblings[parent] = parent_role_index + 1
            model = None if is_prompt else one.choice(MODELS)
            text = self._message(is_prompt)
            gone = one.random() < 0.02 and number == count - 1
            moment += timedelta(seconds=30)
            stamp = moment.isoformat(timespec="microseconds")
            self.rows.append(
                (message_id, conversation_id, parent, parent_role_index, "user" if is_prompt else "assistant", text,
                 stamp, model, stamp if gone else None)
            )  # fmt: skip
            path.append(message_id)
            code = "```" in text
            texts.append(
                Text(
                    conversation_id,
                    message_id,
                    self.rows[-1][4],
                    "" if gone else text,
                    moment,
                    (model,) if model and not gone else (),
                    code,
                )
            )
            if model and not gone:
                models_here.add(model)
                if texts[-2].models == ():
                    texts[-2] = replace(texts[-2], models=(model,))
            code_here |= code and not gone
        begin = texts[0].created_at
        self.titles.append(
            (conversation_id, title, begin.isoformat(timespec="microseconds"), message_id,
             begin.isoformat(timespec="microseconds") if is_deleted else None)
        )  # fmt: skip
        if not is_deleted:
            self.texts.append(Text(conversation_id, 0, "title", title, begin, tuple(models_here), code_here))
            self.texts += [text for text in texts if text.text]
        return message_id

    def _sentence(self, words: int) -> str:
        one = self._random
        if one.random() < 0.5:
            text = "".join(one.choices(HAN_WORDS, k=words))
            return TRADITIONAL.convert(text) if one.random() < 0.3 else text
        text = " ".join(one.choices(self.words, cum_weights=self._weights, k=words))
        if one.random() < 0.1:
            text += " " + one.choice(ACCENTED)
        if one.random() < 0.02:
            text = "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)
        return text[0].upper() + text[1:]

    def _message(self, is_prompt: bool) -> str:
        one = self._random
        sentences = one.randint(1, 2) if is_prompt else one.randint(2, 9)
        parts = [self._sentence(one.randint(4, 12)) + one.choice(("。", ".", "?", "\n")) for _ in range(sentences)]
        if not is_prompt and one.random() < 0.15:
            parts.append("\n" + CODE.format(one.choice(self.words), one.choice(self.words), one.getrandbits(24)) + "\n")
        return " ".join(parts)

    def write(self, path: Path) -> None:
        """A history with all of it."""
        with closing(open_writer(path)) as db:
            migrations.upgrade(db, path)
            db.execute("BEGIN")
            db.execute("PRAGMA defer_foreign_keys = ON")
            db.executemany(
                "INSERT INTO conversation (id, title, title_origin, system_prompt, draft, is_pinned, created_at,"
                " current_message_id, updated_at, deleted_at) VALUES (?1, ?2, 'app', '', '', 0, ?3, ?4, ?3, ?5)",
                self.titles,
            )
            db.executemany(
                "INSERT INTO message (id, conversation_id, parent_id, sibling_index, role, text, reasoning, status,"
                " created_at, ended_at, is_demo, model_id, deleted_at)"
                " VALUES (?1, ?2, ?3, ?4, ?5, ?6, '', 'complete', ?7, ?7, 0, ?8, ?9)",
                self.rows,
            )
            db.execute("COMMIT")

    # Queries

    def queries(self, count: int, seed: int = 11) -> list[Asked]:
        """Of every kind, most of them about something that is there."""
        one = random.Random(seed)
        kinds = (
            self._word, self._piece, self._two_words, self._phrase, self._han, self._han_one, self._other_script,
            self._pinyin, self._initials, self._wide, self._accent, self._filtered, self._code, self._typing,
        )  # fmt: skip
        return [kinds[number % len(kinds)](one) for number in range(count)]

    def _any(self, one: random.Random, pattern: str) -> str:
        while True:
            found = re.findall(pattern, one.choice(self.texts).text)
            if found:
                return str(one.choice(found))

    def _word(self, one: random.Random) -> Asked:
        return _asked(self._any(one, r"\b[A-Za-z]{4,}\b").swapcase())

    def _piece(self, one: random.Random) -> Asked:
        word = self._any(one, r"\b[a-z]{5,}\b")
        begin = one.randint(0, len(word) - 4)
        return _asked(word[begin : begin + one.randint(3, 5)])

    def _two_words(self, one: random.Random) -> Asked:
        words = re.findall(r"[a-z]{3,}", self._any(one, r"[a-z]{3,}(?: [a-z]+){2,} [a-z]{3,}"))
        return _asked(words[0], words[-1]) if len(words) > 1 else self._two_words(one)

    def _phrase(self, one: random.Random) -> Asked:
        phrase = self._any(one, r"[a-z]{2,} [a-z]{2,} [a-z]{2,}")
        return Asked(f'"{phrase}"', phrases=(phrase,))

    def _han(self, one: random.Random) -> Asked:
        return _asked(self._any(one, "[\u4e00-\u9fff]{2,4}"))

    def _han_one(self, one: random.Random) -> Asked:
        return _asked(self._any(one, "[\u4e00-\u9fff]"))

    def _other_script(self, one: random.Random) -> Asked:
        return _asked(TRADITIONAL.convert(one.choice(HAN_WORDS)), one.choice(HAN_WORDS))

    def _pinyin(self, one: random.Random) -> Asked:
        text = self._any(one, "[\u4e00-\u9fff]{2,3}")
        return _asked("".join(one.choice(sorted(readings(letter))) for letter in text))

    def _initials(self, one: random.Random) -> Asked:
        text = self._any(one, "[\u4e00-\u9fff]{3,5}")
        return _asked("".join(one.choice(sorted(readings(letter)))[0] for letter in text))

    def _wide(self, one: random.Random) -> Asked:
        word = self._any(one, r"\b[a-z]{4,}\b")
        return _asked("".join(chr(ord(letter) + 0xFEE0) for letter in word))

    def _accent(self, one: random.Random) -> Asked:
        word = one.choice(ACCENTED)
        plain = "".join(letter for letter in unicodedata.normalize("NFD", word) if not unicodedata.combining(letter))
        return _asked(one.choice((word, plain, unicodedata.normalize("NFD", word))))

    def _filtered(self, one: random.Random) -> Asked:
        model = one.choice(MODELS)
        month = one.choice(self.texts).created_at.replace(day=1)
        day = datetime(month.year, month.month, 1).astimezone(UTC)
        word = one.choice(HAN_WORDS)
        if one.random() < 0.5:
            return Asked(f"{word} model：{model} before:{month:%Y-%m}", (word,), model=model, before=day)
        return Asked(f"after:{month:%Y-%m} {word} model:{model[:5]}", (word,), model=model[:5], after=day)

    def _code(self, one: random.Random) -> Asked:
        name = self._any(one, r"def ([a-z]+)_")
        return Asked(f"has:code {name}_", (f"{name}_",), has_code=True)

    def _typing(self, one: random.Random) -> Asked:
        word = self._any(one, r"\b[a-z]{3,}\b")
        return _asked(word[: one.randint(1, 2)])


def _asked(*words: str) -> Asked:
    return Asked(" ".join(words), words)


# The oracle

_SIMPLIFIED = OpenCC("t2s")


@cache
def simplified(letter: str) -> str:
    form = str(_SIMPLIFIED.convert(letter))
    return form if len(form) == 1 else letter


@cache
def readings(letter: str) -> frozenset[str]:
    """The first in the dictionary and those in words; without tones, ü as v and as u."""
    found = set()
    for number, reading in enumerate(PINYIN_DICT.get(ord(letter), "").split(",")):
        plain = without_tone(reading)
        if plain and (number == 0 or plain in in_words()[letter]):
            found |= {plain, plain.replace("v", "u")}
    return frozenset(found)


def without_tone(reading: str) -> str:
    plain = unicodedata.normalize("NFD", reading).replace("u\u0308", "v")
    return "".join(one for one in plain if "a" <= one <= "z")


@cache
def in_words() -> dict[str, set[str]]:
    """A character's readings in the words of pypinyin's dictionary."""
    found: dict[str, set[str]] = defaultdict(set)
    for word, readings_of_word in phrases_dict.items():
        for letter, (reading, *_) in zip(word, readings_of_word, strict=False):
            found[letter].add(without_tone(reading))
    return found


@cache
def first_letters(letter: str) -> frozenset[str]:
    return frozenset(reading[0] for reading in readings(letter))


def plain(text: str) -> str:
    text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    text = "".join(one for one in unicodedata.normalize("NFD", text) if not "\u0300" <= one <= "\u036f")
    text = "".join(simplified(one) for one in unicodedata.normalize("NFC", text))
    return re.sub(r"\s+", " ", text)


def is_read_as(word: str, text: str) -> bool:
    """Whether two or more characters somewhere in the text are read so, the last one perhaps not to its end, or begin
    with these letters."""
    if not re.fullmatch("[a-z]{2,}", word):
        return False

    def reads(rest: str, at: int, count: int) -> bool:
        if not rest:
            return count >= 2
        if at >= len(text):
            return False
        for reading in readings(text[at]):
            if rest.startswith(reading) and reads(rest[len(reading) :], at + 1, count + 1):
                return True
            if count >= 1 and reading.startswith(rest):
                return True
        return False

    def begins(at: int) -> bool:
        letters = text[at : at + len(word)]
        return len(letters) == len(word) and all(
            any(reading[0] == initial for reading in readings(letter))
            for letter, initial in zip(letters, word, strict=True)
        )

    return any(reads(word, at, 0) or begins(at) for at, letter in enumerate(text) if word[0] in first_letters(letter))


class Oracle:
    """All texts as they are compared, looked through one by one."""

    def __init__(self, texts: list[Text]) -> None:
        self._texts = [(text, plain(text.text)) for text in texts]

    def matching(self, asked: Asked, *, as_readings: bool = True) -> set[tuple[int, int]]:
        """Conversation and message (0: the title) of every text that matches."""
        words, phrases = [plain(word) for word in asked.words], [plain(phrase) for phrase in asked.phrases]
        return {
            (text.conversation_id, text.message_id)
            for text, folded in self._texts
            if (not asked.model or any(asked.model in model for model in text.models))
            and (asked.before is None or text.created_at < asked.before)
            and (asked.after is None or text.created_at >= asked.after)
            and (text.has_code or not asked.has_code)
            and all(phrase in folded for phrase in phrases)
            and all(word in folded or (as_readings and is_read_as(word, folded)) for word in words)
        }
