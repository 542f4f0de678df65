"""Province codes of GB/T 2260, the only part of a division code by which a number may be refused.

County codes are abolished and re-assigned while the cards that carry them stay valid, so anything after the
first two digits is kept and never judged.
"""

PROVINCES = {
    "11": "北京市",
    "12": "天津市",
    "13": "河北省",
    "14": "山西省",
    "15": "内蒙古自治区",
    "21": "辽宁省",
    "22": "吉林省",
    "23": "黑龙江省",
    "31": "上海市",
    "32": "江苏省",
    "33": "浙江省",
    "34": "安徽省",
    "35": "福建省",
    "36": "江西省",
    "37": "山东省",
    "41": "河南省",
    "42": "湖北省",
    "43": "湖南省",
    "44": "广东省",
    "45": "广西壮族自治区",
    "46": "海南省",
    "50": "重庆市",
    "51": "四川省",
    "52": "贵州省",
    "53": "云南省",
    "54": "西藏自治区",
    "61": "陕西省",
    "62": "甘肃省",
    "63": "青海省",
    "64": "宁夏回族自治区",
    "65": "新疆维吾尔自治区",
}
"""The thirty-one provincial codes under which resident identity numbers are issued."""

NATIONAL = "10"
"""How the division code of a national registration authority begins (100000)."""


def issues_identity_numbers(division: str) -> bool:
    """Whether resident identity numbers are issued under this division code (two digits or more)."""
    return division[:2] in PROVINCES


def registers_organisations(division: str) -> bool:
    """Whether a registration authority of this division exists: any province, or the national level."""
    return division[:2] == NATIONAL or issues_identity_numbers(division)
