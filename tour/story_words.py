"""What is said beside the pictures of the whole story."""

from tour.picture_words import Words

STORY_SAID = {
    "story-sign-in": Words(
        "整个故事：从省里来",
        "The whole story: from the province",
        "有省级账号的人不必再注册：登录页上有省政务服务网的入口。",
        "Whoever has an account at the province need not register: the sign-in page leads there.",
    ),
    "story-province": Words(
        "省级平台的登录页（模拟）",
        "The province's own sign-in (simulated)",
        "登录在省级平台完成，密码不经过本平台；演示中选一个人即可。",
        "They sign in at the province, and no password passes here; in the sandbox one picks a person.",
    ),
    "story-joining": Words(
        "第一次从省里来",
        "The first time from the province",
        "带来哪些信息、向谁核对、要同意什么，一页说完；以后直接进入。",
        "What is taken over, who is asked and what to agree to, on one page; the next time, straight in.",
    ),
    "story-portal": Words(
        "进入市民门户",
        "In the city portal",
        "没有注册，也没有第二个密码，已经在市里的门户。",
        "Without registering and without a second password.",
    ),
    "story-pension": Words(
        "养老保险：只会 CAS 的老系统",
        "Pension insurance: an old system that speaks CAS",
        "不再登录，只选代表谁；系统收到的办事人、单位、授权和等级，与门户收到的相同。",
        "No second sign-in, only for whom one comes; person, company, mandate and level are the same.",
    ),
    "story-estate": Words(
        "不动产登记：SAML 系统",
        "The real estate register: a SAML system",
        "同一次登录，同一份授权，换一种协议，说的一字不差。",
        "The same sign-in and the same mandate; another protocol says the very same.",
    ),
    "story-property": Words(
        "不动产查询：什么协议都不会",
        "Property records: a system that knows no protocol",
        "前面的代理替它询问，再用请求头告诉它：谁、代表谁、凭哪份授权。",
        "A proxy asks for it, and tells it by headers who comes, for whom, and by which mandate.",
    ),
    "story-end": Words(
        "法定代表人终止授权",
        "The representative ends the mandate",
        "按下以前看得到还有什么随之结束；按下的一刻开始计时。",
        "What ends with it is shown first; the clock starts at the press of the button.",
    ),
    "story-portal-out": Words(
        "{seconds} 秒后，门户已退出",
        "{seconds} s later: out at the portal",
        "实测：终止授权 {seconds} 秒后，门户自己的页面已不再代表这家企业（要求 60 秒以内）。",
        "Measured: {seconds} s after the end the portal's own page no longer acts for the company "
        "(60 s are allowed).",
    ),
    "story-pension-out": Words(
        "{seconds} 秒后，CAS 系统也已退出",
        "{seconds} s later: out at the CAS system too",
        "实测：{seconds} 秒后，老系统收到单点退出的消息，结束了这次访问。",
        "Measured: {seconds} s after the end the old system had heard by single logout and let go.",
    ),
    "story-told-why": Words(
        "再来时，说明原因",
        "Whoever returns is told why",
        "四个系统最迟 {seconds} 秒都已退出。本人的登录还在，可以用个人身份继续。",
        "All were out after {seconds} s at the latest. The sign-in lives on: one may go on as oneself.",
    ),
    "story-signed-out": Words(
        "一处退出，处处退出",
        "One sign-out ends everything",
        "四种协议的系统逐个列出，谁确认了如实写明；省级平台也一并退出。",
        "Systems of four protocols, and honestly which have confirmed; the province was left as well.",
    ),
}
"""By the picture's name; what is in braces is measured while the tour plays."""
