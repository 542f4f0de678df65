"""The texts of a profile: `{name}` stands for a value, `{name|b64}` for its base64."""

import base64
import re
from collections.abc import Callable, Mapping
from hashlib import sha256
from types import MappingProxyType

FORM = re.compile(r"\{([A-Za-z0-9_.:-]+)(?:\|([a-z0-9]+))?\}")
FILTERS: Mapping[str, Callable[[str], str]] = MappingProxyType(
    {
        "b64": lambda text: base64.b64encode(text.encode()).decode(),
        "sha256": lambda text: sha256(text.encode()).hexdigest(),
    }
)


class Unknown(KeyError):
    """No value of that name."""


def names(template: str) -> set[str]:
    """The values a text asks for."""
    return {found.group(1) for found in FORM.finditer(template)}


def filters(template: str) -> set[str]:
    """The filters a text uses."""
    return {found.group(2) for found in FORM.finditer(template) if found.group(2)}


def fill(template: str, values: Mapping[str, str]) -> str:
    """The text with its values, each put in once: what a value says is never a placeholder."""

    def value(found: re.Match[str]) -> str:
        name, chosen = found.groups()
        if name not in values:
            raise Unknown(name)
        return FILTERS[chosen](values[name]) if chosen else values[name]

    return FORM.sub(value, template)


def fill_all(templates: Mapping[str, str], values: Mapping[str, str]) -> dict[str, str]:
    """Each text with its values."""
    return {name: fill(template, values) for name, template in templates.items()}
