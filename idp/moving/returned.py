"""The file of faulty rows: as they came, with what is wrong and what to do."""

import csv
import fcntl
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from idp.moving.files import Accounts
from idp.moving.rows import RETURNED, Fault, in_words
from idp.moving.sealing import RAW


class InUse(Exception):
    """Another import writes this file."""


class Returned:
    """Written beside the import, readable by its owner alone; can be corrected and imported itself."""

    def __init__(self, path: Path, accounts: Accounts, at: int) -> None:
        self._accounts = accounts
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            raise InUse(str(path)) from None
        self._file = os.fdopen(descriptor, "r+", encoding="utf-8", newline="")
        self._file.truncate(at)
        self._file.seek(0, os.SEEK_END)
        self._is_empty = at == 0
        self._writer = csv.writer(self._file)

    @property
    def descriptor(self) -> int:
        """What holds the lock; whoever inherits it closes it, or an import that was killed is not over."""
        return self._file.fileno()

    def keep(self, cells: Mapping[str, str], faults: Sequence[Fault]) -> None:
        """Add one row, with everything that is wrong with it."""
        told = {**cells, **in_words(faults)}
        columns = [*(name for name in self._accounts.header if name not in RETURNED), *RETURNED]
        if RAW in told:
            told[columns[0] if self._accounts.is_csv else "row"] = told.pop(RAW)
        if not self._accounts.is_csv:
            self._file.write(json.dumps(told, ensure_ascii=False) + "\n")
            return
        if self._is_empty:
            self._writer.writerow(columns)
        self._is_empty = False
        self._writer.writerow([told.get(name, "") for name in columns])

    def settle(self) -> int:
        """See to it that what was added is on the disk; gives the length of the file."""
        self._file.flush()
        os.fsync(self._file.fileno())
        return os.fstat(self._file.fileno()).st_size

    def close(self) -> None:
        """Write the rest."""
        self._file.close()
