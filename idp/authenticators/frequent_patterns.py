"""
What people choose when left alone; ``python -m idp.authenticators.frequent_patterns`` makes the file of it.

No list of anybody's leaked passwords is in here. Studies of such lists agree on how people make them up –
words and names in pinyin or English, walks over the keyboard, dates, lucky numbers behind all of these –
and those can be counted through.
"""

from collections.abc import Iterator
from itertools import product

from idp.authenticators.frequent_passwords import BITS, FILE, positions

ENGLISH = """
password passwd welcome admin administrator root guest test testing login master monkey dragon shadow
sunshine princess football baseball basketball superman batman spiderman ironman michael jordan charlie
daniel thomas jessica jennifer ashley michelle nicole andrew robert william george taylor qwerty asdfgh
zxcvbn letmein access trustno secret summer winter spring autumn flower orange banana apple cherry lemon
peach coffee cookie chocolate cheese pepper ginger hunter killer soccer hockey tennis golf player winner
loser lover love iloveyou loveyou lovely angel heaven hello world happy smile lucky forever family friend
freedom peace money dollar million diamond silver golden crystal rainbow thunder lightning storm ocean
river mountain forest island january february march april june july august september october november
december monday tuesday friday sunday computer internet server network windows linux google facebook
twitter amazon microsoft samsung android iphone huawei xiaomi alibaba taobao tencent wechat alipay baidu
system service support manager office company business student teacher school college university doctor
nurse police soldier captain general king queen prince mother father brother sister baby mommy daddy honey
sugar sweet candy butterfly dolphin tiger panda rabbit horse snake eagle falcon phoenix wolf lion bear
kitty puppy china beijing shanghai america london paris japan tokyo change changeme default temp temporary
public private user username qwer asdf zxcv abcd abcde abcdef abcdefg abc
""".split()
PINYIN = """
woaini woaiwojia woaizhongguo wodemima mima wode woshishui woshi nihao nihaoma xiexie zaijian zhongguo
beijing shanghai guangzhou shenzhen tianjin chongqing chengdu wuhan nanjing hangzhou suzhou xian qingdao
dalian xiamen changsha zhengzhou jinan shenyang haerbin kunming guiyang nanning fuzhou hefei nanchang
taiyuan shijiazhuang lanzhou xining yinchuan wulumuqi lasa huhehaote changchun haikou ningbo wuxi foshan
dongguan zhuhai aini aiwo baobao baobei laopo laogong laoma laoba mama baba gege jiejie didi meimei
tiantian kuaile xingfu pingan jiankang facai gongxi wansui shengri jiating pengyou tongxue laoshi xuesheng
gongsi yinhang zhengfu gongan jingcha yisheng xiaohai xiaoming xiaohong xiaogou xiaomao xiaoxiao dada
taiyang yueliang xingxing tiankong dahai shanshui huahua niuniu mimi doudou lele yuanyuan feifei beibei
jingjing huanhuan yingying nini qiqi wangba shabi nimabi caonima wocao tamade sima bendan dashabi wangzhe
rongyao yingxiong yuanshen daota lianmeng chuanqi menghuan xiyou woainimen aiqing qingren yongyuan yishi
meinv shuaige gaofushuai bairong xueba zhuxi dangyuan renmin mimamima denglu zhanghao yonghu guanliyuan
ceshi nibushi wobushi buzhidao meiyou keyi haode shide xihuan xiangni
""".split()
SURNAMES = """
wang li zhang liu chen yang zhao huang zhou wu xu sun hu zhu gao lin he guo ma luo liang song zheng xie
han tang feng yu dong xiao cheng cao yuan deng fu shen zeng peng lv su lu jiang cai jia ding wei xue ye
yan pan du dai xia
""".split()
GIVEN = """
wei fang na min jing li qiang lei jun yang yong yan jie juan tao ming chao xia ping gang hua hong hui bo
bin kai xin yu fei lin peng xiaoming xiaohong xiaoli jianguo jianjun zhiqiang haiyan xiuying guiying yuhua
lili lina dandan tingting jingjing yanyan jiajia haoran zihan yuxuan zixuan mengyao yifan junjie zhihao
tianyu xinyi siyu ziyi
""".split()
LUCKY = """
1 11 12 123 1234 12345 123456 1234567 12345678 123456789 321 4321 54321 654321 007 01 02 100 101 110 111
1111 111111 119 147258 1314 131420 168 1688 222 233 2333 3344 333 456 520 5201314 521 555 5555 6 66 666
6666 66666 666666 678 69 7 77 777 7777 789 8 88 888 8888 88888 888888 9 99 999 9999 999999 00 000 0000
000000 10086 10010 12306 12345a 123a 123abc 123qwe 1q2w3e abc qwe qaz asd a aa q w z x @123 @1234 @2020
@2023 @2024 @2025 @2026
""".split()
YEARS = [str(year) for year in range(1975, 2027)]
INITIALS = ("a", "w", "z", "l", "aa", "qq", "zz", "abc", "woaini")
ROWS = ("`1234567890-=", "qwertyuiop[]", "asdfghjkl;'", "zxcvbnm,./")
COLUMNS = ("1qaz", "2wsx", "3edc", "4rfv", "5tgb", "6yhn", "7ujm", "8ik,", "9ol.", "0p;/")


def every() -> Iterator[str]:
    """Every common password of six characters and more that its digits alone do not rule out, folded."""
    for made in (_words(), _names(), _walks(), _dates(), _repeats()):
        yield from (one for one in made if len(one) >= 6 and not one.isdigit())


def _words() -> Iterator[str]:
    endings = ["", *LUCKY, *YEARS]
    for word in {*ENGLISH, *PINYIN}:
        yield from (word + ending for ending in endings)
        yield from (ending + word for ending in ("1", "123", "520", "123456", "my", "i", "wo", "a", "the"))
        yield from (word + word, word + "s", word[::-1])


def _names() -> Iterator[str]:
    for surname, given in product(SURNAMES, GIVEN):
        yield from (surname + given + ending for ending in ("", "123", "123456", "520"))
    for surname in SURNAMES:
        for ending in [*LUCKY, *YEARS]:
            yield surname + ending
            yield surname[0] + surname + ending


def _walks() -> Iterator[str]:
    lines = [*ROWS, *COLUMNS]
    steps = {line[start:end] for line in lines for start in range(len(line)) for end in range(start + 3, 14)}
    steps |= {step[::-1] for step in steps}
    short = [step for step in steps if len(step) <= 5]
    yield from steps
    yield from (step * 2 for step in steps)
    for first, second in product(short, short):
        if first != second and len(first) == len(second) and len(first) + len(second) >= 6:
            yield first + second
    columns = [*COLUMNS, *(column[::-1] for column in COLUMNS)]
    yield from ("".join(walk) for walk in product(columns, repeat=2))
    yield from ("".join(walk) for walk in product(COLUMNS[:5], repeat=3))
    letters_down = [column[1:] for column in COLUMNS]
    yield from ("".join(walk) for many in (2, 3) for walk in product(letters_down, repeat=many))
    for step, ending in product([step for step in steps if step.isalpha()], LUCKY):
        yield from (step + ending, ending + step)
    letters, digits = "qwertyuiop", "1234567890"
    for end in range(3, 11):
        yield "".join(a + b for a, b in zip(digits[:end], letters, strict=False))
        yield "".join(b + a for a, b in zip(digits[:end], letters, strict=False))


def _dates() -> Iterator[str]:
    days = [f"{month:02d}{day:02d}" for month in range(1, 13) for day in range(1, 32)]
    for initial in INITIALS[:2]:
        yield from (f"{initial}{year}{day}" for year, day in product(range(1978, 2008), days))
    for initial in INITIALS:
        yield from (f"{initial}{day}" for day in days)


def _repeats() -> Iterator[str]:
    for letter, many in product("abcdefghijklmnopqrstuvwxyz", range(5, 13)):
        yield letter * many
        yield from (letter * many + ending for ending in ("1", "123", "123456"))
    for letter, ending in product("abcdefghijklmnopqrstuvwxyz", [*LUCKY, *YEARS]):
        yield from (letter + ending, letter * 2 + ending)


def build() -> tuple[bytes, int]:
    """The file, and of how many passwords it is made."""
    content, different = bytearray(BITS // 8), set(every())
    for password in different:
        for bit in positions(password):
            content[bit >> 3] |= 1 << (bit & 7)
    return bytes(content), len(different)


if __name__ == "__main__":
    made, number = build()
    FILE.write_bytes(made)
    print(f"{FILE.name}: {number} passwords in {len(made)} bytes")
