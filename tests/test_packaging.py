"""What is installed is pinned by content, and the tree works on any machine."""

import configparser
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CONSTRAINTS = ("constraints.txt", "constraints-dev.txt")


def requirements(name: str) -> list[str]:
    """The entries of a constraints file, each with its hashes on one line."""
    return (ROOT / name).read_text().replace("\\\n", " ").splitlines()


def pins(name: str) -> dict[str, str]:
    return {entry.split("==")[0]: entry.split("==")[1].split()[0] for entry in requirements(name)}


def tracked() -> list[Path]:
    """The files that belong to the project; an unpacked archive without its history has nothing to ask."""
    listing = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listing.returncode:
        pytest.skip("not a git checkout")
    return [path for line in listing.stdout.splitlines() if (path := ROOT / line).is_file()]


@pytest.mark.parametrize("name", CONSTRAINTS)
def test_every_pin_has_hashes(name: str) -> None:
    """pip refuses what differs from what was tried, so every entry names its content."""
    unpinned = [
        e for e in requirements(name) if "==" not in e or not re.search(r"--hash=sha256:[0-9a-f]{64}", e)
    ]

    assert [] == unpinned


@pytest.mark.parametrize("name", CONSTRAINTS)
def test_pins_name_no_registry(name: str) -> None:
    """Where packages come from is the machine's setting, never the project's."""
    text = (ROOT / name).read_text()

    assert "://" not in text
    assert "index-url" not in text


def test_tests_run_on_what_is_shipped() -> None:
    """Every runtime pin is the same version in the constraints of the tests."""
    tried = pins("constraints-dev.txt")
    shipped = pins("constraints.txt")

    assert shipped == {name: tried.get(name) for name in shipped}


def test_every_dependency_is_pinned() -> None:
    """What setup.cfg asks for at run time is in the constraints."""
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg")
    wanted = {
        re.split(r"[\[<>=;]", line)[0].strip() for line in config["options"]["install_requires"].split("\n")
    }

    assert set() == wanted - {""} - set(pins("constraints.txt"))


def test_no_file_knows_the_machine_it_was_written_on() -> None:
    """An absolute home or workshop path would break, or tell, on another machine."""
    pattern = re.compile(r"(?<![\w.-])/(?:work|root|home|Users)/")
    sources = [
        path for path in tracked() if path.suffix in {".py", ".cfg", ".toml", ".md", ".sh", ".c", ".ini"}
    ]
    telling = [str(path.relative_to(ROOT)) for path in sources if pattern.search(path.read_text())]

    assert [] == telling
