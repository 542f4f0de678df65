"""What is wrong with settings, in words that an operator can act on."""

import difflib
from collections.abc import Collection, Iterator, Sequence
from typing import get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails


def unknown(name: str, known: Collection[str]) -> str:
    """Say which name is unknown, and which one was meant if one comes near it."""
    above, _, last = name.rpartition(".")
    near = difflib.get_close_matches(last, known, n=1)
    meant = f"did you mean {above and above + '.'}{near[0]}?" if near else ""
    return f"{name}: unknown setting; {meant or '`idp settings describe` lists them'}"


def sentences(failure: ValidationError, settings: type[BaseModel]) -> list[str]:
    """Every fault that validating these settings found."""
    return [_sentence(fault, settings) for fault in failure.errors(include_input=False, include_url=False)]


def _sentence(fault: ErrorDetails, settings: type[BaseModel]) -> str:
    """A fault in our words where the library's speak of its own inputs and fields."""
    name = ".".join(map(str, fault["loc"])) or "settings"
    if fault["type"] == "missing":
        return f"missing: {name}"
    if fault["type"] == "extra_forbidden":
        return unknown(name, _model_at(settings, fault["loc"][:-1]).model_fields)
    return f"{name}: {fault['msg'].removeprefix('Value error, ')}"


def _model_at(model: type[BaseModel], path: Sequence[int | str]) -> type[BaseModel]:
    """The table at this place among the settings; names that somebody chose (`zones.<name>`) lead through."""
    for step in path:
        if step in model.model_fields:
            model = next(_models(model.model_fields[str(step)].annotation), model)
    return model


def _models(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models(part)
