"""What is said beside the pictures of people who act for organisations."""

from tour.picture_words import Words

COMPANY_SAID = {
    "organisation-register": Words(
        "登记单位",
        "Registering an organisation",
        "法定代表人用自己的账号登记：代码、名称和本人身份四要素向登记机关核对。",
        "The representative registers with their own account; four elements are checked at the registry.",
    ),
    "organisation-registered": Words(
        "登记成功",
        "Registered",
        "四要素一致，又完成了实人核验，才是法定代表人；四要素会泄露，所以光有它们不够。",
        "All four match and the face was shown: they leak, so they alone are never enough.",
    ),
    "invite": Words(
        "邀请经办人：一页说完",
        "Inviting an agent, on one page",
        "谁、什么事、到什么时候；一项不勾，就什么也不能办。",
        "Who, what, until when; what is not ticked is not allowed.",
    ),
    "invite-confirm": Words(
        "签署前是一句话",
        "One sentence before it is signed",
        "某公司授权某人在某日前办理某事，签的就是这句话。",
        "This company lets this person do this until then: the sentence is what is signed.",
    ),
    "invite-sent": Words(
        "邀请已发出",
        "The invitation is out",
        "短信里没有单位也没有事项；转走网址没有用，只有本人能接受。",
        "The message names nothing; a forwarded link is worth nothing, only the person can accept.",
    ),
    "invitation": Words(
        "经办人用自己的账号接受",
        "The agent accepts with their own account",
        "看到同一句话，再用第二种方式确认；不认识的单位可以不接受。",
        "They see the same sentence and confirm with a second factor, or decline.",
    ),
    "end": Words(
        "终止以前先看后果",
        "What ends with it, before it does",
        "转出的授权、正在使用的登录，会一起结束的都写在这里。",
        "What was passed on and who is signed in under it: everything that ends is shown.",
    ),
    "acting-over": Words(
        "终止之后",
        "After the end",
        "几秒钟内门户已让经办人退出；再来时，认证平台说明原因。",
        "Within seconds the portal has let the agent out; whoever returns is told why.",
    ),
    "handover": Words(
        "新的法定代表人来交接",
        "Another representative takes over",
        "前任留下的授权列成一张表，逐项确认或终止；确认是新的授权，谁在何时授权看得清。",
        "What the one before left is one list; each is confirmed, as a mandate of its own, or ended.",
    ),
    "link-letter": Words(
        "窗口：凭公函关联经办人",
        "At a window: linking an agent on a letter",
        "加盖公章的公函存档留哈希；一位操作员办不成，要另一位复核。",
        "The sealed letter is kept with its hash; one operator alone cannot do it.",
    ),
    "link-approve": Words(
        "另一位操作员复核",
        "Another operator approves",
        "看原件、核对范围和期限，写明理由；批准后先公示三天。",
        "Letter, scope and term are compared and a reason is given; then three days to object.",
    ),
    "link-told": Words(
        "法定代表人收到通知",
        "The representative is told",
        "谁被关联、什么时候生效；不是本单位的意思，提出异议就不会生效。",
        "Who was linked and when it comes into force; an objection stops it.",
    ),
    "business": Words(
        "企业办事",
        "For companies",
        "企业不登录，人登录；能办什么由企业授权，目录里的事项各级同名同码。",
        "A company never signs in, people do; what they may do is what it granted them.",
    ),
    "capacity": Words(
        "以什么身份办事",
        "As what one comes",
        "代表哪家企业、什么身份、授权到哪天，一目了然；不能代表的也写明原因。",
        "For which company, as what and until when; what is not possible says why.",
    ),
    "acting": Words(
        "门户：一直标明代表谁",
        "The portal: always says for whom",
        "色条写明企业、身份和信用代码；换身份要回到认证平台，旧的凭证不会被改动。",
        "A bar names the company and the role; another capacity is another sign-in, never a changed token.",
    ),
    "acting-done": Words(
        "以企业名义提交",
        "Submitted for the company",
        "提交的一刻门户再问一次，问题和用途都记在企业自己能看到的记录里。",
        "The portal asks again at that moment; the question is kept where the company's people can read it.",
    ),
    "acting-refused": Words(
        "授权之外：一句话说清",
        "Beyond the mandate: one sentence",
        "没有授权就是不能办；门户用自己的话说明原因和出路。",
        "Nothing granted is nothing allowed; the portal says why, and what to do.",
    ),
    "acting-facts": Words(
        "门户知道的：企业，和是谁在办",
        "What the portal knows: the company, and who acts",
        "凭证里主体是企业，办事人在 act 里，授权的依据和期限都在。",
        "The subject is the company, the person stands in `act`, with the mandate and how long it lasts.",
    ),
    "company-closed": Words(
        "登记机关注销企业，一切随之结束",
        "The registry closes a company, and everything ends",
        "不用任何人操作；办事人已退出，再来时认证平台说明原因。",
        "Nobody has to do anything; its people are out, and whoever returns is told why.",
    ),
}
"""By the picture's name."""
