"""axe in the pages that tests look at: it comes with every page, and is unpacked where somebody asks."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
GRAVE = ("serious", "critical")

BRING = f"window.bringAxe = () => {{ if (!window.axe) {{ {Axe().axe_script} }} return window.axe; }};"
"""Pages that nobody asks about only skim it."""

FAULTS = """() => window.bringAxe?.().run({resultTypes: ['violations']})
  .then(found => found.violations.map(fault => fault.id))"""

GRAVE_FAULTS = """([tags, grave]) => {
  const axe = window.bringAxe?.();
  if (!axe) return null;
  const never = axe._audit.rules.filter(one => one.impact && !grave.includes(one.impact));
  const rules = Object.fromEntries(never.map(one => [one.id, {enabled: false}]));
  return axe.run({runOnly: tags, rules, resultTypes: ['violations']}).then(found =>
    found.violations.filter(one => grave.includes(one.impact)).map(one => {
      const node = one.nodes[0];
      return `${one.id}: ${node.html.slice(0, 120)} ${(node.failureSummary || '').slice(0, 160)}`;
    }));
}"""
"""A rule's own impact is that of all it finds, so what is never grave need not be looked for."""


def comes_with(pages: Page | BrowserContext) -> None:
    """Bring axe along with every page that is opened from now on."""
    pages.add_init_script(BRING)


def faults(page: Page) -> list[str]:
    """What axe calls a fault, however small."""
    return _asked(page, FAULTS)


def grave_faults(page: Page) -> list[str]:
    """What axe finds serious or critical (WCAG 2.2 AA, and what is good practice)."""
    return _asked(page, GRAVE_FAULTS, [TAGS, GRAVE])


def _asked(page: Page, question: str, *given: object) -> list[str]:
    found = page.evaluate(question, *given)
    if found is None:  # the page was there before
        page.evaluate(f"{BRING} 0")
        found = page.evaluate(question, *given)
    return [str(one) for one in found]
