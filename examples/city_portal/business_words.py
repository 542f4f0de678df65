"""The words of 企业办事: (中文, English)."""

BUSINESS = {
    "nav_business": ("企业办事", "For companies"),
    "acting_by": ("办事人", "acting"),
    "switch": ("切换身份", "Change capacity"),
    "business_title": ("企业办事", "For companies"),
    "business_text": (
        "用自己的账号登录，代表企业办事。能办哪些事项，由企业授权决定；每次提交时都会重新核对。",
        "Sign in as yourself and act for a company. What you may do is what the company granted you; "
        "it is checked again whenever you submit.",
    ),
    "action.apply": ("申请", "apply"),
    "action.query": ("查询", "look up"),
    "action.pay": ("缴费", "pay"),
    "action.sign": ("签署", "sign"),
    "action.receive": ("领取", "receive"),
    "enter_text": (
        "这是企业事项，要以企业的身份办理。您现在是以个人身份，或者代表另一家企业。",
        "This is done in the name of a company. You are here as yourself, or for another one.",
    ),
    "enter": ("选择企业并继续", "Choose the company and continue"),
    "in_the_name_of": ("以下列企业的名义办理：", "In the name of:"),
    "submit_business": ("提交", "Submit"),
    "business_back": ("返回企业办事", "Back to the list"),
    "done_title": ("已提交", "Submitted"),
    "done_text": (
        "已以企业名义提交。企业的法定代表人和管理员可以在统一身份认证平台看到这次办理。",
        "Submitted in the name of the company. Its representative and administrators see this at the "
        "identity platform.",
    ),
    "done_reference": ("办件编号", "Reference"),
    "refused_title": ("不能办理这个事项", "You cannot do this"),
    "refused_switch": (
        "如果您也为别的企业办事，或者想办自己的事，可以切换身份。",
        "If you act for another company too, or want to do something of your own, change capacity.",
    ),
    "me_company": ("您代表谁", "Whom you act for"),
    "company.name": ("企业名称", "Company"),
    "company.code": ("统一社会信用代码", "Credit code"),
    "company.status": ("登记状态", "Registered state"),
    "company.role": ("您的身份", "Your role"),
    "company.until": ("授权至", "Mandate until"),
    "company.unlimited": ("以登记为准", "as registered"),
    "status.live": ("存续", "live"),
    "status.licence_revoked": ("吊销", "licence revoked"),
    "status.liquidation": ("清算", "in liquidation"),
    "status.moved_out": ("迁出", "moved away"),
    "status.other": ("以登记机关为准", "see the registry"),
}

REFUSALS = {
    "matter_not_granted": (
        "企业给您的授权不包括这个事项，请联系企业的管理员。",
        "Your mandate does not include this matter. Please ask the company's administrator.",
    ),
    "action_not_granted": (
        "您可以办这个事项，但授权不包括这一步。",
        "You may deal with this matter, but your mandate leaves this step out.",
    ),
    "region_not_granted": (
        "您的授权限定了地区，不包括这里。",
        "Your mandate is for other places than this.",
    ),
    "project_not_granted": ("您的授权只用于别的项目。", "Your mandate is for other projects."),
    "amount_exceeded": ("金额超过了授权的上限。", "The amount is above what your mandate allows."),
    "used_up": (
        "这份授权只能用一次，已经用过了。",
        "Your mandate was for a single act, which has been done.",
    ),
    "expired": ("您的授权已经到期，请企业续期。", "Your mandate has run out. The company can renew it."),
    "suspended": ("您的授权已被暂停，请联系企业。", "Your mandate is suspended. Please ask the company."),
    "ended": ("企业已经终止了对您的授权。", "The company has ended your mandate."),
    "not_yet": ("您的授权还没有生效。", "Your mandate has not begun."),
    "not_accepted": (
        "您还没有接受企业的邀请，请到统一身份认证平台接受。",
        "You have not accepted the company's invitation yet. Please do so at the identity platform.",
    ),
    "chain_broken": (
        "给您授权的人已经没有这项权限，请企业重新授权。",
        "Whoever gave you the mandate no longer may. The company must grant it again.",
    ),
    "no_mandate": ("这家企业没有授权给您。", "This company has given you no mandate."),
    "organisation_closed": ("这家企业已经注销。", "This company no longer exists."),
    "organisation_suspended": (
        "这家企业的登记信息正在核实，暂时不能办事。",
        "This company's registration is being looked into; nothing can be done for it now.",
    ),
    "organisation_winds_up": (
        "这家企业已被吊销执照或正在清算，只能办理注销和清算的事项。",
        "This company has lost its licence or is in liquidation: it may only wind itself up.",
    ),
    "only_open_cases": (
        "企业正在更换法定代表人：已经开始的可以办完，新的要等新法定代表人确认。",
        "The company is changing its representative: what was begun may be finished, nothing new begun.",
    ),
    "level": (
        "这个事项要求更高的可信等级或更可靠的登录方式。",
        "This takes a higher identity level or a stronger sign-in.",
    ),
    "other": ("现在不能办理，请稍后再试或联系企业。", "Not possible now. Try later, or ask the company."),
}

BUSINESS_WORDS = BUSINESS | {f"refused.{reason}": said for reason, said in REFUSALS.items()}
