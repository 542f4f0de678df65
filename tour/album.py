"""The pictures of a tour with their sentences, as one page to leaf through; it works from a file."""

import shutil
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

from playwright.sync_api import Page

from tour.picture_words import Words
from tour.words import SAID

STYLE = Path(__file__).parent / "album.css"

SHEET = """<!doctype html>
<html lang="zh-Hans">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>一通 · Yitong</title>
<link rel="stylesheet" href="album.css">
<header><h1>一通 <span lang="en">Yitong</span></h1>
<p>一个身份，通办政务服务。下面的每一张都是刚刚在真实浏览器里拍下的。</p>
<p lang="en">One identity for every government service. Each picture was taken in a real browser just now.</p>
</header>
<nav aria-label="目录"><ol>
{contents}
</ol></nav>
<main>
{pictures}
</main>
</html>
"""
ENTRY = '<li><a href="#p{number}">{chinese} <span lang="en">{english}</span></a></li>'
PICTURE = """<section id="p{number}" class="{shape}">
<h2><span class="number">{number}</span> {chinese} <span lang="en">{english}</span></h2>
<p>{says}</p><p lang="en">{says_english}</p>
<nav aria-label="前后"><a href="#p{before}" rel="prev">← 上一张</a>
<a href="#p{after}" rel="next">下一张 →</a></nav>
<a class="frame" href="{file}"><img src="{file}" alt="{says}" width="{width}" height="{height}"></a>
</section>"""


@dataclass(frozen=True)
class Picture:
    """One stop of the tour."""

    name: str
    words: Words
    narrow: bool


@dataclass
class Album:
    """A folder of numbered pictures; `bind` makes the page."""

    folder: Path
    pictures: list[Picture] = field(default_factory=list)

    def __post_init__(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)

    def take(self, page: Page, name: str, *, whole: bool = True, **measured: str) -> None:
        """Take a picture of the page as it is now, whole or its top; what is said of it is in `SAID`."""
        size = page.viewport_size
        picture = Picture(name, SAID[name].filled(measured), narrow=size is not None and size["width"] < 600)
        self.pictures.append(picture)
        page.screenshot(path=self.folder / self._file(len(self.pictures), picture), full_page=whole)

    def taking(self, page: Page) -> Callable[[str], None]:
        """For whoever is told the name of each page: takes its picture, if anything is said of it."""
        return lambda name: self.take(page, name) if name in SAID else None

    def bind(self) -> Path:
        """Write the page; gives where it is."""
        numbered = list(enumerate(self.pictures, start=1))
        sheet = SHEET.format(
            contents="\n".join(self._entry(number, picture) for number, picture in numbered),
            pictures="\n".join(self._section(number, picture) for number, picture in numbered),
        )
        shutil.copy(STYLE, self.folder / STYLE.name)
        index = self.folder / "index.html"
        index.write_text(sheet, encoding="utf-8")
        return index

    def _entry(self, number: int, picture: Picture) -> str:
        words = picture.words
        return ENTRY.format(number=number, chinese=escape(words.chinese), english=escape(words.english))

    def _section(self, number: int, picture: Picture) -> str:
        words, last = picture.words, len(self.pictures)
        width, height = size_of(self.folder / self._file(number, picture))
        return PICTURE.format(
            number=number,
            before=max(1, number - 1),
            after=min(last, number + 1),
            shape="narrow" if picture.narrow else "wide",
            width=width,
            height=height,
            file=self._file(number, picture),
            chinese=escape(words.chinese),
            english=escape(words.english),
            says=escape(words.says),
            says_english=escape(words.says_english),
        )

    def _file(self, number: int, picture: Picture) -> str:
        return f"{number:02d}-{picture.name}.png"


def size_of(file: Path) -> tuple[int, int]:
    """Width and height from a PNG's first chunk, so that the page does not move while pictures arrive."""
    width, height = struct.unpack(">II", file.read_bytes()[16:24])
    return width, height
