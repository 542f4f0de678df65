"""The shape of the product: imports point one way, packages are concepts, modules stay small."""

import ast
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).parents[1]
LAYERS = (  # an import points into its own layer or into one above it in this list
    (
        "foundations",
        "idp.settings idp.settings_faults idp.settings_tables idp.settings_upstreams idp.zones idp.clock "
        "idp.assurance idp.safe_xml idp.crypto idp.storage idp.calling",
    ),
    ("records", "idp.audit idp.keys idp.outbox"),
    (
        "concepts",
        "idp.departments idp.matters idp.evidence idp.persons idp.organisations idp.clients idp.mandates "
        "idp.authenticators idp.notices idp.sessions idp.consents idp.windows "
        "idp.moving idp.verifications",
    ),
    ("conversation", "idp.interaction"),
    ("protocols", "idp.oauth idp.saml idp.cas idp.forward_auth"),
    ("adapters", "connectors federation"),
    ("delivery", "idp.services idp.web idp.sign_in idp.account idp.api idp.cli admin_ui"),
    ("composition", "wsgi"),
)
NAMES = [name for name, _ in LAYERS]
DELIVERY = NAMES.index("delivery")
SPEAKS_HTTP = ("views", "machine")
VAGUE = {"util", "utils", "helper", "helpers", "manager", "managers", "common", "misc"}
LONGEST = 400


def modules() -> dict[str, Path]:
    """Every module of the product by its dotted name, packages themselves left out."""
    paths = [
        path for top in ("idp", "connectors", "federation", "admin_ui") for path in (ROOT / top).rglob("*.py")
    ]
    return {dotted(path): path for path in [*paths, ROOT / "wsgi.py"] if path.name != "__init__.py"}


def dotted(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


def layer(module: str) -> int | None:
    """Where a module belongs: what speaks HTTP is delivery wherever it lives."""
    if module.rpartition(".")[2] in SPEAKS_HTTP or ".simulator." in f"{module}.":
        return DELIVERY
    for index, (_, packages) in enumerate(LAYERS):
        if any(f"{module}.".startswith(f"{package}.") for package in packages.split()):
            return index
    return None


def imported(module: str, path: Path) -> Iterator[str]:
    """The dotted names a module asks for, inside functions too; `from a import b` gives `a.b`."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = module.split(".")[: -node.level] if node.level else []
            yield from (".".join([*base, *filter(None, [node.module]), alias.name]) for alias in node.names)


MODULES = modules()


@cache
def imports() -> dict[str, list[str]]:
    """What every module asks for; read when a test first wants it, not by whoever collects the tests."""
    return {module: sorted(set(imported(module, path))) for module, path in MODULES.items()}


@cache
def graph() -> dict[str, set[str]]:
    """The modules of the product that each of them asks for."""
    return {
        module: {name for wanted in wants for name in (wanted, wanted.rpartition(".")[0]) if name in MODULES}
        - {module}
        for module, wants in imports().items()
    }


def imports_of(library: str) -> list[str]:
    return [m for m, wants in imports().items() if any(w.split(".")[0] == library for w in wants)]


def test_every_module_belongs_to_a_layer() -> None:
    """A module whose package is in no layer has no place yet: decide one before writing it."""
    homeless = [module for module in MODULES if layer(module) is None]

    assert [] == homeless


def test_imports_never_point_upwards() -> None:
    """A rule never knows who asks it, nor a protocol which adapter serves it."""
    upwards = [
        f"{module} imports {target}"
        for module, targets in graph().items()
        for target in sorted(targets)
        if (layer(target) or 0) > (layer(module) or 0)
    ]

    assert [] == upwards


def test_imports_never_form_a_circle() -> None:
    """Every module can be understood after those it imports."""
    order = list(TopologicalSorter(graph()).static_order())

    assert sorted(MODULES) == sorted(order)


def test_connectors_and_federation_do_not_know_each_other() -> None:
    """Registries and foreign identity providers are two unrelated ways to the outside."""
    crossing = [
        f"{module} imports {target}"
        for module, targets in graph().items()
        for target in sorted(targets)
        if {module.split(".")[0], target.split(".")[0]} == {"connectors", "federation"}
    ]

    assert [] == crossing


def test_only_delivery_knows_flask() -> None:
    """Everything below the views can be imported and tried without Flask."""
    web = {module for name in ("flask", "flask_login", "flask_babel") for module in imports_of(name)}
    too_deep = sorted(module for module in web if (layer(module) or 0) < DELIVERY)

    assert [] == too_deep


def test_python_jose_is_a_second_opinion_only() -> None:
    """One module asks python-jose whether portals would accept our signatures; nobody else relies on it."""
    others = [module for module in imports_of("jose") if module != "idp.crypto.second_opinion"]

    assert [] == others


def test_packages_explain_themselves_and_hold_no_code() -> None:
    """`__init__.py` is a docstring: what the package owns and what it leaves to whom."""
    folders = {path.parent for path in MODULES.values()} - {ROOT}
    wrong = [
        str(folder.relative_to(ROOT))
        for folder in sorted(folders)
        if not is_docstring(folder / "__init__.py")
    ]

    assert [] == wrong


def is_docstring(path: Path) -> bool:
    tree = ast.parse(path.read_text()) if path.exists() else ast.Module(body=[], type_ignores=[])
    return len(tree.body) == 1 and bool(ast.get_docstring(tree))


def test_modules_stay_readable() -> None:
    """A module that outgrows a few screens is two modules."""
    long = {m: n for m, path in MODULES.items() if (n := len(path.read_text().splitlines())) > LONGEST}

    assert {} == long


def test_modules_are_named_after_what_they_hold() -> None:
    """A name that means "somewhere here" hides what is inside."""
    vague = [module for module in MODULES if VAGUE & set(module.rpartition(".")[2].split("_"))]

    assert [] == vague
