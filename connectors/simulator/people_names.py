"""Common surnames and given names; any resemblance of the combinations to living people is chance."""

from random import Random

SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈"
    "姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
)
GIVEN = (
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚英华玉梅辉红建文斌波宇浩凯鑫鹏飞雪琳慧颖佳怡欣悦梓涵晨曦"
    "思远子轩雨桐嘉诚俊逸博雅婷媛倩瑶莹洁蕾薇岚宁安康乐和清秋晓春冬晴朗晖志国庆海峰云龙凤淑珍桂秀荣"
)


def name(random: Random) -> str:
    """A surname and one or two characters, two three times out of four."""
    return random.choice(SURNAMES) + "".join(random.sample(GIVEN, 2 if random.random() < 0.75 else 1))
