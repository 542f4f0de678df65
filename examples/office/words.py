"""The words of both systems: (中文, English)."""

from examples.relying_party.language import Words

SHARED = {
    "home_title": ("工作台", "Desk"),
    "nobody_name": ("工作人员", "Member of staff"),
    "hero_text": (
        "用单位账号登录，再进入其他部门的系统时不必重新登录。与您的个人账号互不相通。",
        "Sign in with your directory account; other departments' systems will not ask again. "
        "It has nothing to do with your personal account.",
    ),
    "open_desk": ("进入工作台", "Go to the desk"),
    "you": ("您的身份", "Who you are here"),
    "name": ("姓名", "Name"),
    "unit": ("单位代码", "Unit"),
    "post": ("岗位", "Post"),
    "proven": ("登录强度", "Sign-in strength"),
    "aal.1": ("一种方式", "One way"),
    "aal.2": ("两种方式", "Two ways"),
    "aal.3": ("两种方式，含不离开设备的密钥", "Two ways, one a key that stays on its device"),
    "file_number": ("编号", "Number"),
    "file_title": ("事项", "Matter"),
    "file_state": ("状态", "State"),
    "note": ("意见", "Note"),
    "back": ("返回工作台", "Back to the desk"),
    "still_there": (
        "您已补充验证，刚才填写的内容还在，请确认后提交。",
        "You have proven more; what you typed is still here. Look it over and send it.",
    ),
    "level_too_low.title": ("这一步需要更可靠的登录", "This takes a stronger sign-in"),
    "level_too_low.text": (
        "请用只留在一台设备上的通行密钥确认后再办理。",
        "Confirm with a passkey that stays on one device, then go on.",
    ),
}

OWN = {
    "approvals": {
        "site": ("审批系统", "Approvals"),
        "site_owner": ("示范市数据局 · 演示站点", "City Data Bureau · demonstration"),
        "hero": ("待审批的事项", "Matters that wait for approval"),
        "desk": ("待审批", "To be approved"),
        "waiting": ("待办", "Waiting"),
        "open_file": ("办理", "Open"),
        "act": ("同意", "Approve"),
        "act_text": (
            "审批结果对外生效，须用只留在一台设备上的通行密钥确认。",
            "A decision binds the department: it is confirmed with a passkey that stays on one device.",
        ),
        "acted": ("已同意", "Approved"),
        "to_other": ("档案系统", "Archive"),
        "file.2026-0413": ("公共数据授权运营申请", "Application to operate public data"),
        "file.2026-0417": ("政务云资源扩容申请", "Application for more cloud capacity"),
        "file.2026-0422": ("数据共享目录变更", "Change to the catalogue of shared data"),
    },
    "archive": {
        "site": ("档案系统", "Archive"),
        "site_owner": ("示范市住房公积金管理中心 · 演示站点", "City Housing Fund Centre · demonstration"),
        "hero": ("业务档案查询与借阅", "Find and borrow files"),
        "desk": ("可借阅的档案", "Files to borrow"),
        "waiting": ("在架", "On the shelf"),
        "open_file": ("借阅", "Borrow"),
        "act": ("登记借阅", "Borrow"),
        "act_text": ("登记后请到档案室领取。", "Fetch it from the archive once it is noted."),
        "acted": ("已借出", "Lent"),
        "to_other": ("审批系统", "Approvals"),
        "file.GJJ-1998-07": ("1998 年缴存登记册", "Register of deposits, 1998"),
        "file.GJJ-2004-11": ("2004 年贷款合同汇编", "Loan contracts, 2004"),
    },
}


def words_of(system: str) -> Words:
    """Those of one system."""
    return SHARED | OWN[system]
