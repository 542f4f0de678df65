"""
Compiled once in a process, whichever provider asked first: SQL and routes; and once in a run: templates.

A process of the product compiles each of them once as well; tests open hundreds of providers in one.
"""

import atexit
import os
import shutil
import tempfile
from collections.abc import Callable
from functools import cache
from types import CodeType
from typing import Any

from flask import Flask
from jinja2 import Environment, FileSystemBytecodeCache
from jinja2.bccache import Bucket
from sqlalchemy import Engine, event
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule

from idp.web.templates import Templates

FOLDER = "TESTS_TEMPLATES"
"""Names the folder of compiled templates to the processes of a run."""
STATEMENTS: LRUCache[Any, Any] = LRUCache(5_000)


@cache
def share() -> None:
    """From now on, in this process."""
    for kind in (SQLiteDialect_pysqlite, PGDialect_psycopg):
        kind.__eq__ = _same  # type: ignore[method-assign, assignment]
        kind.__hash__ = _kind  # type: ignore[method-assign, assignment]
    event.listen(Engine, "engine_connect", _connected)
    Flask.jinja_options = {"bytecode_cache": Drawn(_folder())}
    Rule._compile_builder = _routed(Rule._compile_builder)  # type: ignore[method-assign]


def _folder() -> str:
    """The one of this run: whoever comes first makes it, and takes it away."""
    if FOLDER not in os.environ:
        os.environ[FOLDER] = tempfile.mkdtemp(prefix="yitong-templates-")
        atexit.register(shutil.rmtree, os.environ[FOLDER], ignore_errors=True)
    return os.environ[FOLDER]


def _same(one: Dialect, other: object) -> bool:
    """SQLAlchemy keeps what it compiled by engine and by dialect; two dialects of one kind are equal here."""
    return type(one) is type(other)


def _kind(one: Dialect) -> int:
    return hash(type(one))


def _connected(connection: Connection) -> None:
    connection.execution_options(compiled_cache=STATEMENTS)


class Drawn(FileSystemBytecodeCache):
    """Templates, by their place, their text and language: a file for whoever asks next, in any process."""

    def __init__(self, folder: str) -> None:
        super().__init__(folder)
        self._codes: dict[tuple[str, str], CodeType] = {}

    def get_bucket(self, environment: Environment, name: str, filename: str | None, source: str) -> Bucket:
        language = environment.language if isinstance(environment, Templates) else "plain"
        key = f"{self.get_cache_key(name, filename)}-{language}"
        bucket = Bucket(environment, key, self.get_source_checksum(source))
        bucket.code = self._codes.get((key, bucket.checksum))
        if bucket.code is None:
            self.load_bytecode(bucket)
            self._keep(bucket)
        return bucket

    def set_bucket(self, bucket: Bucket) -> None:
        super().set_bucket(bucket)
        self._keep(bucket)

    def _keep(self, bucket: Bucket) -> None:
        if bucket.code is not None:
            self._codes[bucket.key, bucket.checksum] = bucket.code


def _routed(compile_builder: Callable[..., Any]) -> Callable[..., Any]:
    """How addresses are built, by the rule as it is written; a rule with defaults is compiled as ever."""
    known: dict[tuple[object, ...], Any] = {}

    def builder(rule: Rule, append_unknown: bool = True) -> Any:
        if rule.defaults:
            return compile_builder(rule, append_unknown)
        key = (rule.rule, tuple(rule._trace), append_unknown)
        if key not in known:
            known[key] = compile_builder(rule, append_unknown)
        return known[key]

    return builder
