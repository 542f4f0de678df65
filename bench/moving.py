"""`python -m bench.moving [ROWS]`: import invented accounts into a fresh PostgreSQL, and say how fast.

Rows have a document, a name, a phone, a login and a weak hash, each as well formed as real ones; registries
are asked later, by the worker, which is not measured. Memory is the most that the command and its processes
held together.
"""

import argparse
import csv
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import threading
import time
from hashlib import md5
from pathlib import Path

from idp.persons.synthetic import resident_id_at
from tests import servers

ENOUGH = 3000
"""Rows a second."""
NAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨"


def main() -> int:
    """0 when it was fast enough."""
    parser = argparse.ArgumentParser(prog="python -m bench.moving", description=__doc__)
    parser.add_argument("rows", type=int, nargs="?", default=100_000)
    parser.add_argument("--workers", default="")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, servers.postgres(durable=True) as server:
        home = Path(folder)
        accounts = home / "accounts.csv"
        write(accounts, asked.rows)
        url = servers.fresh_database(server).replace("postgresql:", "postgresql+psycopg:", 1)
        environment = {**os.environ, "IDP_HOME": folder, "IDP_DATABASE_URL": url}
        idp = str(Path(sys.executable).with_name("idp"))
        subprocess.run([idp, "init"], env=environment, check=True, stdout=subprocess.DEVNULL)
        command = [idp, "import", str(accounts), "--source", "bench", "--name", "bench", "--json"]
        if asked.workers:
            command += ["--workers", asked.workers]
        before = _of_server(server)
        figures = measured(command, environment, asked.rows)
        figures["server_cpu_us_per_row"] = round(1e6 * (_of_server(server) - before) / asked.rows)
    print(json.dumps(figures))
    return 0 if figures["rows_per_second"] >= ENOUGH else 1


def write(path: Path, rows: int) -> None:
    """A file of invented accounts; one in a thousand is faulty."""
    chance = random.Random(7)  # noqa: S311 - the same file every time
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(("id", "name", "id_type", "id_number", "phone", "login", "scheme", "hash"))
        for index in range(rows):
            name = "".join(chance.sample(NAMES, 3))
            number = resident_id_at(index) if index % 1000 else "1"
            phone = f"139{index:08d}"
            hashed = f"salt{index}${md5(str(index).encode()).hexdigest()}"  # noqa: S324 - as old systems had
            table.writerow((index, name, "111", number, phone, f"old{index}", "md5-salt-first", hashed))


def measured(command: list[str], environment: dict[str, str], rows: int) -> dict[str, float]:
    """Run the import; watch how much memory it and its children hold."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began, most = time.monotonic(), [0]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        done = threading.Event()
        watch = threading.Thread(target=_watch, args=(process.pid, done, most))
        watch.start()
        told = process.stdout.read() if process.stdout else ""
        done.set()
        watch.join()
    seconds = time.monotonic() - began
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    counts = json.loads(told)
    assert counts["added"] + counts["faulty"] == rows, counts
    return {
        "rows": rows,
        "seconds": round(seconds, 1),
        "rows_per_second": round(rows / seconds),
        "cpu_us_per_row": round(
            1e6 * (spent.ru_utime + spent.ru_stime - before.ru_utime - before.ru_stime) / rows
        ),
        "most_mib": round(most[0] / 1024),
        "faulty": counts["faulty"],
    }


def _of_server(server: servers.PostgresServer) -> float:
    """Seconds of processor time it and its finished backends have used."""
    assert server.process is not None
    pids = [server.process.pid, *_children(server.process.pid)]
    ticks = 0
    for pid in pids:
        after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        spent = after_name[11:15] if pid == server.process.pid else after_name[11:13]
        ticks += sum(map(int, spent))
    return ticks / os.sysconf("SC_CLK_TCK")


def _watch(pid: int, done: threading.Event, most: list[int]) -> None:
    while not done.wait(0.5):
        held = sum(map(_resident_kib, [pid, *_children(pid)]))
        most[0] = max(most[0], held)


def _children(pid: int) -> list[int]:
    try:
        return list(map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split()))
    except OSError:
        return []


def _resident_kib(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("VmRSS")), 0)


if __name__ == "__main__":
    raise SystemExit(main())
