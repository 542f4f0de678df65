"""The load driver: compiled when first needed, told what to play as a script, read back as measures."""

import json
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Self

SOURCE = Path(__file__).with_name("driver.c")
BUILT = SOURCE.parents[1] / "var" / "bench" / "driver"
FLAGS = ("-std=c11", "-O2", "-Wall", "-Wextra", "-Wshadow", "-Werror", "-pthread")
Seeding = Literal["connection", "flow", "once"]


class NoCompiler(RuntimeError):
    """The driver is C and nothing here can compile it."""


@dataclass(frozen=True)
class Step:
    """One request of a flow, what must come back, and what is kept from it (see driver.c)."""

    name: str
    request: str
    headers: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str] | str | None = None
    expect: str = "200"
    follow: bool = False
    captures: tuple[str, ...] = ()

    def lines(self) -> Iterator[str]:
        """The step as the driver reads it; form values are written percent-encoded or as `{{name|url}}`."""
        yield f"step {self.name}"
        yield f"request {self.request}"
        yield from (f"header {name}: {value}" for name, value in self.headers.items())
        if self.form is not None:
            yield "header Content-Type: application/x-www-form-urlencoded"
            yield f"body {self.form if isinstance(self.form, str) else joined(self.form)}"
        yield f"expect {self.expect}"
        if self.follow:
            yield "follow"
        yield from (f"capture {capture}" for capture in self.captures)


def joined(form: Mapping[str, str]) -> str:
    return "&".join(f"{name}={value}" for name, value in form.items())


@dataclass(frozen=True)
class Flow:
    """Steps played in order on one connection; `forgets` empties its cookie jar before each round."""

    steps: tuple[Step, ...]
    forgets: bool = False

    def script(self) -> str:
        lines = [line for step in self.steps for line in step.lines()]
        return "\n".join([f"jar {'flow' if self.forgets else 'connection'}", *lines, ""])


@dataclass(frozen=True)
class Load:
    """How a flow is played. With a rate the loop is open: flows are due on a schedule, whoever is slow."""

    seconds: float = 3
    warmup: float = 0.5
    connections: int = 32
    threads: int = 1
    rate: float = 0
    seeding: Seeding = "connection"


@dataclass(frozen=True)
class Latency:
    """Milliseconds."""

    mean: float
    p50: float
    p95: float
    p99: float
    p999: float
    max: float


@dataclass(frozen=True)
class Measure:
    """What the driver saw of a flow."""

    per_second: float
    requests_per_second: float
    latency: Latency
    steps: Mapping[str, Latency]
    counted: int
    failed: int
    abandoned: int
    failures: tuple[str, ...]
    driver_cores: float

    @classmethod
    def read(cls, report: Mapping[str, Any]) -> Self:
        return cls(
            per_second=report["flows_per_second"],
            requests_per_second=report["requests_per_second"],
            latency=Latency(**report["latency_ms"]),
            steps={step["name"]: Latency(**step["latency_ms"]) for step in report["steps"]},
            counted=report["flows"],
            failed=report["failed"],
            abandoned=report["abandoned"],
            failures=tuple(
                f"{failure['step']}: {legible(failure['what'])}" for failure in report["failures"]
            ),
            driver_cores=report["driver_cores"],
        )


def legible(said: str) -> str:
    """What a server said, on one line; the driver passes bytes on as code points."""
    return " ".join(said.encode("latin-1").decode(errors="replace").split())


class Playing:
    """A load under way; `result` waits for its end."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def result(self) -> Measure:
        out, complaint = self._process.communicate()
        if self._process.returncode:
            raise RuntimeError(complaint.strip() or f"the driver ended with {self._process.returncode}")
        return Measure.read(json.loads(out))


def compiled(built: Path = BUILT) -> Path:
    """The driver's path, compiled again when its source is newer."""
    if built.exists() and built.stat().st_mtime >= SOURCE.stat().st_mtime:
        return built
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        raise NoCompiler("the load driver is C: install a compiler (apt-get install gcc libc6-dev)")
    built.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run([compiler, *FLAGS, "-o", str(built), str(SOURCE)], check=True)
    return built


@contextmanager
def playing(flow: Flow, url: str, load: Load, seeds: Sequence[Mapping[str, str]] = ()) -> Iterator[Playing]:
    """Play a flow against a server in the background; each seed gives variables to a connection or a flow."""
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder, "script")
        script.write_text(flow.script())
        command = [str(compiled()), "--url", url, "--script", str(script)]
        for option in ("seconds", "warmup", "connections", "threads", "rate"):
            command += [f"--{option}", str(getattr(load, option))]
        if seeds:
            rows = ["\t".join(seed[name] for name in seeds[0]) for seed in seeds]
            Path(folder, "seeds").write_text("\n".join(["\t".join(seeds[0]), *rows, ""]))
            command += ["--seeds", str(Path(folder, "seeds")), "--seed", load.seeding]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        try:
            yield Playing(process)
        finally:
            process.kill()
            process.wait()


def play(flow: Flow, url: str, load: Load, seeds: Sequence[Mapping[str, str]] = ()) -> Measure:
    """Play a flow to the end and measure it."""
    with playing(flow, url, load, seeds) as run:
        return run.result()


@contextmanager
def constant_server(body: int = 1024) -> Iterator[str]:
    """A server in C that only answers bytes; what the driver reaches against it is its own ceiling."""
    command = [str(compiled()), "--serve", "0", "--body", str(body)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.kill()
