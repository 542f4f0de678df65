"""The words of the housing fund: (中文, English)."""

WORDS = {
    "site": ("示范市住房公积金", "Model City Housing Fund"),
    "site_owner": ("示范市住房公积金管理中心 · 演示站点", "Model City Housing Fund Centre · demonstration"),
    "to_city": ("返回市民门户", "To the citizens' portal"),
    "hero": ("查询我的公积金", "See my housing fund"),
    "hero_text": (
        "余额、缴存比例和每月明细，登录后立即可见。已登录市民门户的，点击即可进入，不必再次登录。",
        "Balance, rate and monthly deposits, as soon as you are signed in. "
        "If you are signed in at the citizens' portal, you need not sign in again.",
    ),
    "see_account": ("查询我的账户", "See my account"),
    "needs": ("登录前请知悉", "Before you sign in"),
    "needs.1": (
        "本服务涉及资金，需要可信等级三级（实名）。不足三级时，认证平台会说明原因并引导您当场核验。",
        "This service concerns money and needs identity level 3. "
        "If yours is lower, the identity platform explains why and lets you verify at once.",
    ),
    "needs.2": (
        "本网站只取得您的姓名等基本信息，不取得证件号码。",
        "This site receives your name and basic details, never your document number.",
    ),
    "needs.3": (
        "不便上网的，可持有效证件到任一公积金网点办理。",
        "If you would rather not do this online, bring your document to any branch of the fund.",
    ),
    "account_title": ("我的公积金账户", "My housing fund account"),
    "holder": ("户名", "Holder"),
    "number": ("账号", "Account"),
    "balance": ("账户余额", "Balance"),
    "rate": ("缴存比例（单位与个人各）", "Rate (employer and person each)"),
    "monthly": ("月缴存额", "Monthly deposit"),
    "deposits": ("最近六个月缴存明细", "Deposits of the last six months"),
    "month": ("月份", "Month"),
    "amount": ("缴存金额（元）", "Amount (CNY)"),
    "withdraw": ("申请提取", "Apply for a withdrawal"),
    "withdraw_text": (
        "提取涉及资金，提交时需要用两种方式确认是您本人；确认后会回到这里，已填写的内容还在。",
        "This moves money, so you confirm in two ways that it is you when you send it. "
        "Afterwards you are back here, and what you typed is still there.",
    ),
    "withdraw_amount": ("提取金额（元）", "Amount (CNY)"),
    "withdraw_purpose": ("用途", "Purpose"),
    "withdraw_note": ("说明", "Remarks"),
    "withdraw_send": ("提交申请", "Send the application"),
    "withdraw_still_there": (
        "您填写的内容还在。请核对后提交。",
        "What you typed is still here. Please check it and send it.",
    ),
    "withdrawn": ("申请已收到", "Application received"),
    "withdrawn_number": ("受理号", "Reference"),
    "your_level": ("您的可信等级：", "Your identity level: "),
    "how": ("本页数据从何而来（开发者）", "Where this page has it from (for developers)"),
    "how_text": (
        "网站凭访问令牌调用公积金接口 GET /api/balance。接口用 python-jose 核对令牌的签名、签发者、受众、"
        "有效期、授权范围和可信等级，再返回余额。令牌五分钟过期，由刷新令牌换新。",
        "The site calls the fund's own API, GET /api/balance, with its access token. "
        "The API checks signature, issuer, audience, expiry, scope and identity level with python-jose. "
        "The token lives five minutes and is refreshed.",
    ),
}
