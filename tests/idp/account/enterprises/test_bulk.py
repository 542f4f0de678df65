"""Inviting by table and taking the table home: what is read, what comes back, what is signed once."""

import io
import re
from collections.abc import Callable
from uuid import UUID

import pytest
from sqlalchemy import select

from idp.audit.models import AuditEvent
from idp.mandates.models import Mandate, Role, State
from idp.web import downloads, workbooks
from idp.web.workbooks import Sheet
from tests.idp.account.enterprises.firm import LIST, Town, in_days
from tests.idp.account.stage import Browser, newcomer

HEADINGS = ["姓名", "手机号码", "身份", "可以办的事", "可以做什么", "结束日期", "只限地区"]


@pytest.fixture
def company(town: Town) -> UUID:
    return town.company()


def row(name: str, phone: str, **changes: str) -> list[str]:
    cells = {"role": "经办人", "matters": "f-1", "actions": "申请、查询", "until": in_days(30), "region": ""}
    return [name, phone, *{**cells, **changes}.values()]


def bring(browser: Browser, company: UUID, content: bytes, name: str = "people.xlsx") -> Browser:
    """Upload a file with the form of the page."""
    place = f"{LIST}/{company}/import"
    form = browser.get(place).text.partition('id="import"')[2]
    token = form.partition('name="csrf_token" value="')[2].partition('"')[0]
    data = {"csrf_token": token, "file": (io.BytesIO(content), name)}
    browser.page = browser.client.post(
        place, data=data, follow_redirects=True, environ_overrides={"REMOTE_ADDR": browser.source}
    )
    return browser


def excel(*rows: list[str]) -> bytes:
    return workbooks.write([Sheet("1", HEADINGS, rows)])


def text(*rows: list[str]) -> bytes:
    return downloads.table(HEADINGS, rows)


def invited(town: Town, company: UUID) -> list[Mandate]:
    return [one for one in town.mandates(company) if one.state == State.INVITED]


@pytest.mark.parametrize("written", [excel, text])
def test_every_right_row_becomes_an_invitation(
    town: Town, company: UUID, written: Callable[..., bytes]
) -> None:
    """After one confirmation; names, words and dates as people write them."""
    phones = [town.stage.spare_phone() for _ in range(3)]
    rows = [
        row("林晓云", phones[0]),
        row("马平", phones[1].removeprefix("+86"), matters="缴存登记；整组：税费", until="2027/1/5"),
        row("周雅", phones[2], role="管理员", actions="apply，缴费", region="210000"),
    ]
    browser = bring(town.enter(1), company, written(*rows))
    before = len(invited(town, company))
    browser.fill()
    town.stage.work()
    made = invited(town, company)

    assert (0, 3) == (before, len(made))
    assert (["f-1"], ["tax"]) == (sorted(made[1].matters), sorted(made[1].groups))
    assert (Role.ADMINISTRATOR.value, ["apply", "pay"]) == (made[2].role, sorted(made[2].actions))
    assert ["21"] == sorted(made[2].regions)
    assert "已发出 3 份邀请" in browser.text
    assert all("有单位邀请您" in town.stage.messages(phone)[0]["text"] for phone in phones)


def test_the_template_is_what_is_read(town: Town, company: UUID) -> None:
    """In both languages and kinds: filled in, every row is right."""
    browser = town.enter(1)
    for language in ("zh-Hans", "en"):
        for kind in ("xlsx", "csv"):
            page = browser.get(f"{LIST}/{company}/import/template.{kind}?lang={language}").page
            assert page is not None
            (headings,) = workbooks.read(page.get_data(), 5)
            phone = town.stage.spare_phone()
            cells = ["林晓云", phone, "", "", "f-1", "apply", in_days(9), "", "", "", "", ""]
            bring(browser, company, workbooks.write([Sheet("1", headings, [cells])]))
            assert re.search("1 行没有问题|1 row is right", browser.text)


def test_faults_come_back_row_by_row(town: Town, company: UUID) -> None:
    """On the page and in a file of the same kind; nothing is signed."""
    rows = [
        row("林晓云", town.stage.spare_phone()),
        row("", "12"),
        row("马平", town.stage.spare_phone(), matters="no-such；整组：", actions="飞行"),
        row("周雅", town.stage.spare_phone(), until=in_days(500)),
    ]
    browser = bring(town.enter(1), company, excel(*rows))
    page = browser.text
    (place,) = re.findall(r'href="([^"]*returned\.xlsx)"', page)
    returned = workbooks.read(browser.get(place).page.get_data(), 10)  # type: ignore[union-attr]

    assert "1 行没有问题" in page and "3 行需要改正" in page
    said = ["第 3 行", "手机号码不完整", "第 4 行", "有的事项不存在", "第 5 行", "一次授权最长一年"]
    assert [] == [words for words in said if words not in page]
    assert ["需要改正的地方", 4] == [returned[0][-1], len(returned)]
    assert "手机号码不完整" in returned[1][-1] and "12" in returned[1]
    assert [] == invited(town, company)


def test_every_fault_of_a_row_is_said_at_once(town: Town, company: UUID) -> None:
    """Whoever mends a row mends it once; the list of matters is one click away."""
    browser = town.enter(1)
    bring(browser, company, excel(row("林晓云", "12", role="老板", matters="no-such", until="2020-01-01")))
    page = browser.text
    (there,) = re.findall(rf'href="({LIST}/{company}/import#matters)"', page)
    said = ["手机号码不完整", "身份只能填", "有的事项不存在", "结束日期已经过去"]

    assert [] == [words for words in said if words not in page]
    assert "缴存登记" in browser.get(there.partition("#")[0]).text


def test_the_right_rows_go_out_only_if_chosen(town: Town, company: UUID) -> None:
    """Silence is no choice."""
    browser = bring(town.enter(1), company, excel(row("林晓云", town.stage.spare_phone()), row("", "")))
    browser.fill()
    unchosen = (browser.status, len(invited(town, company)))
    browser.fill(which="right")

    assert (400, 0) == unchosen
    assert 1 == len(invited(town, company))


def test_a_table_is_signed_once(town: Town, company: UUID) -> None:
    """Sent twice, it is the same invitations."""
    browser = bring(town.enter(1), company, excel(row("林晓云", town.stage.spare_phone())))
    page = browser.page
    browser.fill()
    browser.page = page
    browser.fill()

    assert 1 == len(invited(town, company))
    assert "已发出 1 份邀请" in browser.text


def test_the_same_person_twice_is_caught(town: Town, company: UUID) -> None:
    """And oneself, and an organisation nobody knows."""
    phone = town.stage.spare_phone()
    rows = [row("林晓云", phone), row("林晓云", phone), row(newcomer(1).name, newcomer(1).phone)]
    text = bring(town.enter(1), company, excel(*rows)).text

    assert "1 行没有问题" in text
    assert "与前面的一行是同一个人或单位" in text and "不能授权给自己" in text


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "表头不对"),
        (b"PK\x03\x04", "读不出这个文件"),
        ("姓名,手机号码\r\n林,1\r\n".encode(), "表头不对"),
        (text(), "没有填写内容"),
        (text(*[row("林", "1")] * 501), "表格太大"),
    ],
)
def test_what_is_not_this_table_is_said(town: Town, company: UUID, content: bytes, said: str) -> None:
    """In words, and nothing is kept."""
    browser = bring(town.enter(1), company, content)

    assert (400, True) == (browser.status, said in browser.text)


def test_an_administrators_table_stays_within_their_own(town: Town, company: UUID) -> None:
    """As the form does: a matter beyond it does not exist for them, and they appoint agents alone."""
    town.grant(1, 2, company, role="administrator", matter=["f-1"])
    rows = [
        row("林晓云", town.stage.spare_phone(), matters="t-1"),
        row("马平", town.stage.spare_phone(), role="管理员"),
        row("周雅", town.stage.spare_phone()),
    ]
    text = bring(town.enter(2), company, excel(*rows)).text

    assert "有的事项不存在" in text and "管理员由法定代表人邀请" in text
    assert "1 行没有问题" in text


def test_who_lost_the_right_signs_nothing(town: Town, company: UUID) -> None:
    """Between looking and signing an administrator's mandate ended."""
    mandate = town.grant(1, 2, company, role="administrator", matter=["f-1"])
    browser = bring(town.enter(2), company, excel(row("林晓云", town.stage.spare_phone())))
    other = town.enter(1).get(f"{LIST}/{company}/mandates/{mandate}/end")
    other.fill(f"{LIST}/{company}/mandates/{mandate}/end")
    browser.fill()

    assert (404, []) == (browser.status, invited(town, company))


def test_nobody_sees_anothers_table(town: Town, company: UUID) -> None:
    """A table belongs to who brought it, and to its organisation."""
    browser = bring(town.enter(1), company, excel(row("", "12")))
    handle = browser.address.rpartition("/")[2]
    town.grant(1, 2, company, role="administrator")
    other = town.enter(2)

    assert f"{LIST}/{company}/import" == other.get(f"{LIST}/{company}/import/{handle}").address
    assert 404 == other.get(f"{LIST}/{company}/import/{handle}/returned.xlsx").status
    assert 404 == town.enter(4).get(f"{LIST}/{company}/import").status


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_members_are_taken_home_in_the_same_shape(town: Town, company: UUID, kind: str) -> None:
    """Everybody with what and until when; no phone, which is theirs to tell."""
    town.grant(1, 2, company, matter=["f-1"], group=["tax"], amount="12.50")
    page = town.enter(1).get(f"{LIST}/{company}/members.{kind}").page
    assert page is not None
    table = workbooks.read(page.get_data(), 20)

    assert HEADINGS[0] == table[0][0] and "状态" == table[0][-1]
    said = dict(zip(table[0], table[2], strict=True))
    assert (newcomer(2).name, "", in_days(30)) == (said["姓名"], said["手机号码"], said["结束日期"])
    assert ("税费（整组）；f-1 缴存登记", "12.50") == (said["可以办的事"], said["每次缴费不超过（元）"])
    assert newcomer(2).phone.removeprefix("+86") not in str(table)


def test_who_took_or_brought_a_table_is_on_record(town: Town, company: UUID) -> None:
    """In the trail with how many rows, and in the history that the organisation's people read."""
    browser = bring(town.enter(1), company, excel(row("林晓云", town.stage.spare_phone())))
    browser.fill()
    browser.get(f"{LIST}/{company}/members.csv")
    browser.get(f"{LIST}/{company}/history.csv")
    told = browser.get(f"{LIST}/{company}/history").text
    with town.stage.services.database.reading() as db:
        query = select(AuditEvent).where(AuditEvent.person_id == town.person(1).id)
        events = {one.topic: one.details for one in db.scalars(query)}

    assert {"organisation": str(company), "file": "xlsx", "rows": 1, "invited": 1} == events[
        "members.imported"
    ]
    assert {"organisation": str(company), "file": "csv", "rows": 1} == events["members.exported"]
    assert str(company) == events["history.exported"]["organisation"]
    assert all(words in told for words in ("用表格邀请办事人员", "下载了办事人员表", "下载了办事记录"))


def test_what_was_taken_home_can_be_brought_again(town: Town, company: UUID) -> None:
    """With phones filled in."""
    town.grant(1, 2, company, matter=["f-1"], group=["tax"], region="210000")
    browser = town.enter(1)
    page = browser.get(f"{LIST}/{company}/members.xlsx").page
    assert page is not None
    table = workbooks.read(page.get_data(), 20)
    table[2][1] = town.stage.spare_phone()
    bring(browser, company, workbooks.write([Sheet("1", table[0], [table[2]])])).fill()
    (made,) = invited(town, company)

    assert [["f-1"], ["tax"], ["21"]] == [sorted(one) for one in (made.matters, made.groups, made.regions)]
