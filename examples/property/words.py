"""What the land registry's lookup says, in Chinese and English."""

from examples.relying_party.language import Words

WORDS: Words = {
    "site": ("不动产查询", "Property Records"),
    "site_owner": ("市不动产登记中心", "City Property Registration Centre"),
    "greeting": ("您名下的不动产", "Your property"),
    "old": (
        "这个系统没有登录功能：由前面的代理核验身份，再用请求头告诉它来的是谁。",
        "This system cannot sign anybody in: the proxy before it has them verified and says who comes.",
    ),
    "company_title": ("单位名下的不动产", "The company's property"),
    "for": ("权利人", "Owner"),
    "company_house": ("厂房，2,180 平方米", "A factory building, 2,180 square metres"),
    "level": ("登录可信等级", "Level of this sign-in"),
    "house": ("住宅，89.6 平方米", "A flat, 89.6 square metres"),
    "certificate": ("查看产权证明（需要双因素）", "See the certificate (asks for two factors)"),
    "certificate_of": ("产权证明", "Certificate"),
    "back": ("返回", "Back"),
}
