"""What is said beside the pictures of people who act for organisations."""

from tour.picture_words import Words

COMPANY_SAID = {
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
        "几秒钟内门户已让办事人退出；再来时认证平台说明原因。",
        "Within seconds the portal has let its people out; whoever returns is told why.",
    ),
}
"""By the picture's name."""
