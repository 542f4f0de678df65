"""The words both portals share: (中文, English)."""

LEVELS = {
    "level.1": ("一级 · 手机验证", "Level 1 · phone confirmed"),
    "level.2": ("二级 · 信息登记", "Level 2 · details registered"),
    "level.3": ("三级 · 实名核验", "Level 3 · identity verified"),
    "level.4": ("四级 · 实人核验", "Level 4 · holder confirmed"),
    "level.5": ("五级 · 现场或证书核验", "Level 5 · window or certificate"),
}

ACTING = {
    "acting_for": ("您正在代表", "You are acting for"),
    "role.representative": ("法定代表人", "legal representative"),
    "role.administrator": ("管理员", "administrator"),
    "role.agent": ("经办人", "agent"),
    "role.helper": ("帮代办", "helper"),
    "told": ("本系统收到的身份信息（开发者）", "What this system was told (for developers)"),
}
"""Of somebody who is here for an organisation."""

SHARED = {
    "skip": ("跳到正文", "Skip to content"),
    "language": ("English", "中文"),
    "sign_in": ("登录", "Sign in"),
    "register": ("注册", "Register"),
    "sign_out": ("退出登录", "Sign out"),
    "signed_in_as": ("当前用户", "Signed in as"),
    "nobody_name": ("办事群众", "Citizen"),
    "home": ("返回首页", "Back to the home page"),
    "demonstration": (
        "本站为演示站点，所示业务数据均为虚构。",
        "This is a demonstration. All data shown here is invented.",
    ),
    "by_provider": (
        "登录由市统一身份认证平台提供，本站不保存您的密码。",
        "Sign-in is provided by the city's identity platform; this site never sees your password.",
    ),
    "error_code": ("错误代码：", "Error code: "),
    "signed_out": ("您已退出", "You are signed out"),
    "signed_out_text": (
        "本站已退出，正在通知同一次登录进入的其他网站。使用公共电脑时，请关闭浏览器。",
        "This site has been left; the others you entered with the same sign-in are being told. "
        "On a shared computer, close the browser.",
    ),
} | LEVELS

TROUBLES = {
    "provider_down.title": ("统一身份认证暂时无法连接", "The sign-in service cannot be reached"),
    "provider_down.text": (
        "您的信息没有丢失。请过几分钟再试；不需要登录的服务仍可使用。",
        "Nothing of yours is lost. Please try again in a few minutes; services without sign-in still work.",
    ),
    "provider_busy.title": ("统一身份认证正忙", "The sign-in service is busy"),
    "provider_busy.text": ("请过几分钟再试。", "Please try again in a few minutes."),
    "provider_changed.title": ("无法确认认证平台的身份", "The sign-in service could not be recognised"),
    "provider_changed.text": (
        "认证平台自报的地址与本站的设置不符，为安全起见已停止登录。请联系本站管理员。",
        "The address it gives for itself is not the one this site trusts, so sign-in was stopped. "
        "Please tell the site's staff.",
    ),
    "not_ours.title": ("这次登录已失效", "This sign-in is no longer valid"),
    "not_ours.text": (
        "它可能已经过期、用过一次，或者不是从本浏览器开始的。请重新登录。",
        "It may have expired, been used already, or been started in another browser. Please sign in again.",
    ),
    "doubtful.title": ("登录结果无法确认", "The sign-in could not be confirmed"),
    "doubtful.text": (
        "收到的凭据没有通过检查，为安全起见没有让您进入。请重新登录；如再次出现，请联系本站管理员。",
        "What was received did not pass our checks, so you were not let in. "
        "Please try again; if it recurs, tell the site's staff.",
    ),
    "declined.title": ("没有登录", "You are not signed in"),
    "declined.text": (
        "您没有完成登录或没有同意提供信息。随时可以重新开始；不登录也能浏览本站的公开内容。",
        "You did not finish signing in, or did not agree to share. "
        "Start again at any time; public pages stay open to you.",
    ),
    "level_too_low.title": ("需要先完成实名核验", "Your identity must be verified first"),
    "level_too_low.text": (
        "这项服务涉及资金，只对可信等级三级（实名）及以上开放。"
        "在认证平台核对姓名和证件号码即可达到三级，通常一分钟完成。",
        "This service concerns money and is open from level 3 (identity verified). "
        "The sign-in service can raise your level by checking your name and document number, "
        "usually within a minute.",
    ),
    "one_way_only.title": ("没有登录：还差一种确认方式", "Not signed in: one more way is needed"),
    "one_way_only.text": (
        "这次登录要用两种方式确认是您本人，您只完成了一种。请重新登录，用另一种方式再确认一次；"
        "还没有第二种方式的，可在认证平台添加。您的实名信息和可信等级不受影响。",
        "This sign-in takes two ways to confirm that it is you, and only one was used. "
        "Sign in again and confirm in another way; if you have none yet, "
        "the sign-in service lets you add one. "
        "Your identity level is not affected.",
    ),
    "refused.title": ("登录没有成功", "Sign-in did not succeed"),
    "refused.text": (
        "认证平台没有接受本站的请求。请稍后再试；如再次出现，请把下面的错误代码告诉本站管理员。",
        "The sign-in service did not accept this site's request. "
        "Please try later; if it recurs, tell staff the code below.",
    ),
    "ended.title": ("登录已结束", "Your sign-in has ended"),
    "ended.text": (
        "您可能已在别处退出，或者很久没有操作。请重新登录后继续。",
        "You may have signed out elsewhere, or have been away for long. Please sign in again to go on.",
    ),
    "not_found.title": ("没有这个页面", "There is no such page"),
    "not_found.text": (
        "请检查地址，或从首页重新开始。",
        "Please check the address, or start from the home page.",
    ),
    "again": ("重新登录", "Sign in again"),
    "raise_level": ("去提升可信等级", "Raise my level"),
}

WORDS = SHARED | TROUBLES
