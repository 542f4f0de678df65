"""The words of the register: (中文, English)."""

from examples.relying_party.language import Words

WORDS: Words = {
    "site": ("不动产登记", "Real Estate Register"),
    "site_owner": ("示范市自然资源局 · 演示站点", "City Natural Resources Bureau · demonstration"),
    "home_title": ("我的不动产", "My real estate"),
    "hero": ("查询登记在您名下的不动产", "Real estate registered in your name"),
    "hero_text": (
        "这个系统用 SAML 2.0 登录。您在其他政务网站登录过，就不必再登录。",
        "This system signs in by SAML 2.0. Whoever has signed in at another government site is let in.",
    ),
    "company_hero": ("登记在单位名下的不动产", "Real estate registered in the company's name"),
    "company": ("代表单位", "On behalf of"),
    "you": ("您的身份", "Who you are here"),
    "name": ("姓名", "Name"),
    "level": ("可信等级", "Level"),
    "titles": ("登记信息", "Titles"),
}
