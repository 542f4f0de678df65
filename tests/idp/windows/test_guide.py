"""The guide's example is run, so that it stays true; and the sandbox's keys are those of its window."""

import io
import json
from email.message import Message
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request

import pytest
from joserfc.jwk import ECKey

from idp import clock
from idp.cli.sandbox import clients as sandbox_clients
from idp.cli.sandbox import windows
from idp.cli.sandbox.places import Places
from idp.clients.models import ClientRow
from idp.crypto import jose
from tests.idp.account.stage import Stage, newcomer, staged
from tests.idp.windows.counter import AGREED, PATH, told

GUIDE = Path("docs/integration.md").resolve()


def printed(name: str = "guide") -> dict[str, Any]:
    text = GUIDE.read_text(encoding="utf-8")
    block = text.split("```python\n# window.py\n")[1].split("```")[0]
    names: dict[str, Any] = {"__name__": name}
    exec(compile(block, str(GUIDE), "exec"), names)
    return names


def settled(stage: Stage, before: dict[str, Any]) -> dict[str, Any]:
    with stage.services.database.writing() as db:
        sandbox_clients.settle(db, Places(), before, clock.now())
        made = windows.settle(db, before, clock.now())
    return {"issuer": stage.services.settings.issuer, **made}


def test_the_guides_example_proves_somebody(stage: Stage) -> None:
    """Copied as printed, with the keys of the sandbox."""
    sandbox, persona = settled(stage, {}), newcomer(1)
    document = {"kind": persona.kind, "number": persona.number, "name": persona.name}
    body = printed()["visit"](sandbox, {**document, "valid_until": "2039-12-31"}, agreed=AGREED)
    answer = stage.app.test_client().post(PATH, data=json.dumps(body))

    assert (200, "created") == (answer.status_code, told(answer)["outcome"])


def test_the_guides_example_says_why_it_was_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run twice, the second time ends with the code and the words of the answer, not with a traceback."""
    persona = newcomer(2)
    person = {"id_type": persona.kind, "id_number": persona.number, "name": persona.name}
    with staged(tmp_path / "home") as stage:
        (tmp_path / "var").mkdir()
        sandbox = json.dumps({**settled(stage, {}), "unregistered": [person]})
        (tmp_path / "var" / "sandbox.json").write_text(sandbox, encoding="utf-8")
        monkeypatch.setattr("urllib.request.urlopen", partial(arrive, stage))
        with monkeypatch.context() as beside:
            beside.chdir(tmp_path)
            printed("__main__")
            with pytest.raises(SystemExit, match="^[a-z_]+: .+"):
                printed("__main__")


def arrive(stage: Stage, call: Request) -> io.BytesIO:
    """What the network would do with it."""
    answer = stage.app.test_client().post(PATH, data=call.data)
    if answer.status_code >= HTTPStatus.BAD_REQUEST:
        raise HTTPError(call.full_url, answer.status_code, "", Message(), io.BytesIO(answer.data))
    return io.BytesIO(answer.data)


def test_the_keys_stay_when_the_sandbox_starts_again(stage: Stage) -> None:
    """What a tool has read stays true."""
    first = settled(stage, {})

    assert first == settled(stage, first)


def test_a_lost_file_gets_new_keys(stage: Stage) -> None:
    """The database stays, the file was deleted: device and operators are known by new keys."""
    before = settled(stage, {})
    after = settled(stage, {})
    with stage.services.database.reading() as db:
        row = db.get_one(ClientRow, windows.DEVICE)
        registered = jose.public_key(row.details["jwks"]["keys"][0]).as_dict(private=False)["x"]
    private = ECKey.import_key(after["devices"][0]["private_key_pem"])

    assert before["devices"] != after["devices"]
    assert registered == private.as_dict(private=False)["x"]
