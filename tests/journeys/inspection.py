"""What can be wrong with a page for the people it is for: looked at in the browser, as it is shown."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import BrowserContext, Page

from tests import axe
from tests.browser import PHONE, WIDE

SMALLEST_TEXT = 20
SMALLEST_TARGET = 48
LEAST_CONTRAST = 4.5
CHINESE = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff]+")

FACTS = """() => ({
  lang: document.documentElement.lang,
  title: document.title,
  headings: [...document.querySelectorAll('h1')].map(e => e.innerText),
  inline: [...document.querySelectorAll('script:not([src]), style, [style], [onclick], [onsubmit]')]
    .map(e => e.outerHTML.slice(0, 80)),
})"""

TOO_WIDE = """() => document.documentElement.scrollWidth > innerWidth
  ? [...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > innerWidth + 1)
      .map(e => e.outerHTML.slice(0, 80)).slice(0, 3).concat(document.documentElement.scrollWidth)
  : []"""

WORDS = """() => {
  const said = [document.title];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node; (node = walk.nextNode());) {
    const e = node.parentElement;
    if (!e.closest('[lang]:not(html):not([lang^=en]), script')) said.push(node.textContent.trim());
  }
  for (const e of document.querySelectorAll('[aria-label], [title], [alt], [placeholder], [data-waiting]'))
    for (const name of ['aria-label', 'title', 'alt', 'placeholder', 'data-waiting'])
      if (e.hasAttribute(name)) said.push(e.getAttribute(name));
  return said.filter(Boolean);
}"""

SMALL_TEXT = """limit => {
  const small = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node; (node = walk.nextNode());) {
    const e = node.parentElement, box = e.getBoundingClientRect();
    const hidden = box.width < 2 || box.height < 2 || e.closest('.unseen, option, script');
    if (!node.textContent.trim() || hidden) continue;
    const size = parseFloat(getComputedStyle(e).fontSize);
    if (size < limit) small.push(`${size}px: ${node.textContent.trim().slice(0, 20)}`);
  }
  return small;
}"""

SMALL_TARGETS = """limit => [...document.querySelectorAll(
    'a[href], button, input:not([type=hidden]), select, summary')].flatMap(e => {
  if (e.closest('p:not(.links), li:not(.row) p, label, dd, td, .skip, .unseen')) return [];
  let box = e.getBoundingClientRect();
  if (e.type === 'checkbox' || e.type === 'radio') {
    const label = e.labels[0], reach = getComputedStyle(label, '::before');
    box = {height: label.getBoundingClientRect().height - parseFloat(reach.top) - parseFloat(reach.bottom)};
  }
  return box.height && box.height < limit - 0.5
    ? [`${Math.round(box.height)}px: ${(e.innerText || e.name || e.outerHTML).trim().slice(0, 24)}`] : [];
})"""

FADED = """least => {
  const light = ([r, g, b]) => [r, g, b].map(c => c / 255)
    .map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const colours = text => [...text.matchAll(/rgba?\\(([^)]+)\\)/g)]
    .map(found => found[1].split(/[ ,/]+/).map(Number));
  const seen = ([, , , alpha = 1]) => alpha > 0;
  const faded = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node; (node = walk.nextNode());) {
    const e = node.parentElement, box = e.getBoundingClientRect();
    if (!node.textContent.trim() || box.width < 2 || box.height < 2 || e.closest('.unseen, script')) continue;
    for (let behind = e; behind; behind = behind.parentElement) {
      const style = getComputedStyle(behind), under = colours(style.backgroundImage).filter(seen);
      if (under.length) {
        const ink = light(colours(getComputedStyle(e).color)[0]);
        const worst = Math.min(...under.map(light).map(
          l => (Math.max(l, ink) + 0.05) / (Math.min(l, ink) + 0.05)));
        if (worst < least) faded.push(`${worst.toFixed(1)}: ${node.textContent.trim().slice(0, 20)}`);
        break;
      }
      if (colours(style.backgroundColor).some(seen)) break;
    }
  }
  return faded;
}"""
"""Text on a gradient, which axe cannot judge: too close to one of its colours (WCAG 2.2 §1.4.3)."""


FINDINGS = f"""([contrast, text, target]) => ({{
  facts: ({FACTS})(), faded: ({FADED})(contrast), words: ({WORDS})(),
  small_text: ({SMALL_TEXT})(text), small_targets: ({SMALL_TARGETS})(target),
}})"""
"""All of these at once: a look is cheaper for every question less."""


@dataclass(frozen=True)
class Seen:
    """What was found on one page."""

    facts: dict[str, Any]
    axe: list[str]
    """What axe finds grave, and what it cannot judge: text on gradients."""
    too_wide: list[str]
    words: list[str] = field(repr=False)
    small_text: list[str]
    small_targets: list[str]


class Inspector:
    """Looks at pages as they come, once each."""

    def __init__(self) -> None:
        self.seen: dict[str, Seen] = {}
        self._brings_axe: set[BrowserContext] = set()

    def of(self, page: Page) -> Callable[[str], None]:
        """Somebody who is told the name of each page of this window and looks at it."""
        return lambda name: self.look(name, page)

    def look(self, name: str, page: Page) -> None:
        """Look at the page at both widths; the window is wide again afterwards."""
        if name in self.seen:
            return
        page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
        too_wide = [str(one) for one in page.evaluate(TOO_WIDE)]
        page.set_viewport_size({"width": WIDE[0], "height": WIDE[1]})
        faults = self._grave_faults(page)
        found = page.evaluate(FINDINGS, [LEAST_CONTRAST, SMALLEST_TEXT, SMALLEST_TARGET])
        self.seen[name] = Seen(
            facts=found["facts"],
            axe=[*faults, *(f"contrast {one}" for one in found["faded"])],
            too_wide=too_wide,
            words=found["words"],
            small_text=found["small_text"],
            small_targets=found["small_targets"],
        )

    def _grave_faults(self, page: Page) -> list[str]:
        if page.context not in self._brings_axe:
            self._brings_axe.add(page.context)
            axe.comes_with(page.context)
        return axe.grave_faults(page)


def chinese(words: list[str], names: list[str]) -> list[str]:
    """The words that are still Chinese, names of people left out, whole or masked."""
    masked = [f"{name[0]}{'*' * min(len(name) - 1, 3)}" for name in names]
    known = sorted([*names, *masked], key=len, reverse=True)
    return [word for word in words if CHINESE.search(without(word, known))]


def without(word: str, names: list[str]) -> str:
    """The word with every one of these names taken out."""
    for name in names:
        word = word.replace(name, "")
    return word
