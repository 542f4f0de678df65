"""What the pension bureau's system says, in Chinese and English."""

from examples.relying_party.language import Words

WORDS: Words = {
    "site": ("养老保险", "Pension Insurance"),
    "site_owner": ("市社会保险事业服务中心", "City Social Insurance Centre"),
    "lead": ("查询您的养老保险缴费和待遇。", "See what you have paid in and what you will be paid."),
    "old": (
        "这是一个老系统：它只会 CAS，没有自己的登录页。",
        "An old system: it speaks nothing but CAS and has no sign-in page of its own.",
    ),
    "enter": ("查看我的养老保险", "See my pension"),
    "greeting": ("您好", "Welcome"),
    "comma": ("，", ", "),
    "company_title": ("单位养老保险", "The company's pension insurance"),
    "company": ("参保单位", "Insured at"),
    "insured": ("在保人数", "People insured"),
    "insured_value": ("23 人", "23"),
    "due": ("本月应缴", "Due this month"),
    "due_value": ("61,824.00 元", "CNY 61,824.00"),
    "level": ("登录可信等级", "Level of this sign-in"),
    "months": ("累计缴费", "Paid in for"),
    "months_value": ("126 个月", "126 months"),
    "balance": ("个人账户", "Personal account"),
    "balance_value": ("48,310.20 元", "CNY 48,310.20"),
    "unreachable": (
        "统一身份认证暂时没有响应，请稍后再试。",
        "The identity service does not answer; try again soon.",
    ),
}
