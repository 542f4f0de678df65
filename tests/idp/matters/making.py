"""A small catalogue: one department, two groups, matters as a file says them."""

from datetime import datetime
from typing import Any

from idp.departments import tree
from idp.departments.tree import Unit
from idp.matters import catalogue
from idp.matters.catalogue import Loaded
from idp.matters.entries import Entry
from idp.storage.database import Database

HEADER = "code,name,name_en,group,department,actions,minimum_acr,high_risk,winds_up,split_from\n"
GROUPS = "code,name,name_en,position\nfund,公积金,Housing fund,1\ntax,税费,Taxes,2\n"
FUND = (
    "f-1,缴存登记,Enrolment,fund,330000,apply query,ial3.aal1,no,,\n"
    "f-2,提取,Withdrawal,fund,330000,apply query pay,ial4.aal2,yes,,\n"
)
TAX = "t-1,发票申领,,tax,,apply,,,,\n"


def prepare(database: Database, now: datetime, text: str = FUND + TAX) -> None:
    """Load the department, the groups and the matters."""
    with database.writing() as db:
        tree.add(db, Unit("330000", "浙江省", "Zhejiang", "province", ""), now)
        catalogue.load_groups(db, GROUPS.splitlines(keepends=True), now)
    load(database, text, now)


def load(database: Database, text: str, now: datetime, complete: bool = False) -> Loaded:
    """Load rows without their header."""
    with database.writing() as db:
        return catalogue.load(db, (HEADER + text).splitlines(keepends=True), now, complete)


def entry(code: str, **changes: Any) -> Entry:
    """A matter like f-1."""
    details: dict[str, Any] = {"name": "部分", "group": "fund", "actions": frozenset({"apply"})}
    return Entry(code, **(details | changes))
