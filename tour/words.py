"""What is said beside each picture, in both languages."""

from tour.company_words import COMPANY_SAID
from tour.picture_words import Words
from tour.story_words import STORY_SAID

SAID = (
    COMPANY_SAID
    | STORY_SAID
    | {
        "portal": Words(
            "市民门户",
            "The city portal",
            "市民从自己熟悉的门户开始；门户是外部开发者写的，只用标准协议接入。",
            "A citizen begins at a portal they know; outsiders wrote it against the standard protocol.",
        ),
        "sign-in": Words(
            "登录",
            "Sign in",
            "左边写明要去哪里、由谁主管、网址已核对；登录名、手机号码、证件号码都填在同一个框里。",
            "The left says where one is going and who runs it; login name, phone and document share one box.",
        ),
        "register-phone": Words(
            "注册第一步：手机",
            "Register, step 1: phone",
            "注册就在登录过程中完成，不必先离开要办的事。",
            "Registration happens inside the sign-in; nobody has to leave what they came for.",
        ),
        "register-code": Words(
            "填写验证码",
            "The code",
            "一个输入框，可以粘贴；等待时间到了再发，已填的内容不会被清空。",
            "One box that takes a paste; another message may be asked for after a while, nothing is cleared.",
        ),
        "register-identity": Words(
            "注册第二步：身份信息",
            "Register, step 2: identity",
            "说明向谁核对、取回什么；处理证件号码另行单独同意。",
            "It says who is asked and what comes back; the document number needs a consent of its own.",
        ),
        "register-verifying": Words(
            "公安机关人口信息库核验一致",
            "Verified by the registry",
            "姓名与公民身份号码经数据共享交换平台核对一致，可信等级三级。",
            "Name and number were confirmed over the exchange platform: identity level 3.",
        ),
        "register-password": Words(
            "注册第三步：密码",
            "Register, step 3: password",
            "只要够长、不常见；不用填两遍，可以显示、可以粘贴。",
            "Long and uncommon is enough; it is typed once, can be shown and can be pasted.",
        ),
        "messages": Words(
            "短信收件箱（演示环境）",
            "The message inbox (sandbox)",
            "演示环境里短信发到这里，谁都能扮演其中的人。",
            "In the sandbox text messages arrive here, so that anybody can play its people.",
        ),
        "notice": Words(
            "告知",
            "The notice",
            "政务部门依法履职，首次使用信息前先告知：用哪些、为什么、找谁。",
            "Before a department first uses information it says which, why, and whom to ask.",
        ),
        "portal-signed-in": Words(
            "回到门户，已经登录",
            "Back at the portal, signed in",
            "注册、核验、登录一气呵成，回到原来的门户。",
            "Registered, verified and signed in: back where it began.",
        ),
        "portal-facts": Words(
            "门户知道什么、从哪里知道",
            "What the portal knows, and from whom",
            "每一项信息都带来源和核验时间，没有批准的一项也拿不到。",
            "Each fact comes with its source and time; what is not approved is not given.",
        ),
        "fund": Words(
            "住房公积金：一键直达",
            "The housing fund: straight in",
            "第二个门户要求三级，市民已经是三级：不再登录，也没有中间页面。",
            "The second portal asks level 3, the citizen has it: no sign-in and no page in between.",
        ),
        "account": Words(
            "我的首页",
            "One's own page",
            "可信等级是什么、能办什么，以及可以进入的服务。",
            "The level and what it opens, and the services one may enter.",
        ),
        "account-security": Words(
            "登录与安全",
            "Sign-in and security",
            "在哪些设备上登录、由此进了哪些服务，可以逐个退出。",
            "Where one is signed in and which services that led to; each can be ended.",
        ),
        "account-consents": Words(
            "我的授权",
            "My consents",
            "告知与同意逐条留痕，同意可以随时撤回，还能打印。",
            "Each notice and consent is on record; consent can be taken back at any time, and printed.",
        ),
        "account-family-add": Words(
            "登记一个孩子",
            "A child in one's care",
            "未满十四周岁由监护人登记并代为同意；监护关系到窗口核对以前，什么别的都打不开。",
            "Under fourteen a guardian lists the child and agrees; until a window has checked it, "
            "it opens nothing.",
        ),
        "account-preferences": Words(
            "偏好设置",
            "Preferences",
            "语言、关怀版和短信通知跟着账号走；安全通知始终发送。",
            "Language, care mode and text messages follow the account; security notices stay on.",
        ),
        "account-activity": Words(
            "使用记录",
            "Activity",
            "什么时间、什么地点、为哪个服务做过什么。",
            "What was done when, where and for which service.",
        ),
        "signed-out": Words(
            "在一处退出",
            "Signing out at one",
            "在公积金网站点退出，统一身份认证随之退出。",
            "Signing out at the fund ends the sign-in itself.",
        ),
        "signed-out-everywhere": Words(
            "处处都已退出",
            "Out of both",
            "市民门户在后台收到通知，已经不认这次登录。",
            "The city portal was told behind the scenes and no longer knows this sign-in.",
        ),
        "wrong-password": Words(
            "密码不对",
            "A wrong password",
            "不透露账号是否存在；已填的登录名还在，焦点在说明上。",
            "It does not tell whether the account exists; the login stays, the focus is on what happened.",
        ),
        "consent": Words(
            "第三方：单独同意",
            "A third party: separate consent",
            "不是政府部门的服务要征得单独同意，给什么看得见，不同意也不影响别处。",
            "Who is no department needs separate consent; what is given is shown, and no is an answer.",
        ),
        "phone-code-asked": Words(
            "用验证码登录",
            "Sign in with a code",
            "不用密码：手机号码和六位验证码；任何号码都同样收到，外人看不出谁有账号。",
            "A phone and six digits; every phone gets them alike, so nobody learns who is registered.",
        ),
        "phone-code-read-out": Words(
            "语音验证码",
            "The code read out",
            "看不到短信的人接听电话，验证码读两遍。",
            "Whoever cannot read a message takes a call; the code is read out twice.",
        ),
        "pairing-picture": Words(
            "扫码登录：大厅里的屏幕",
            "With the phone: a screen in a hall",
            "二维码旁边有八位数字，看不清、扫不了也能登录；没有 JavaScript 也行。",
            "Eight digits stand beside the picture, for who cannot scan or see it; no JavaScript needed.",
        ),
        "pairing-asked": Words(
            "扫码登录：手机先说清是谁在登录",
            "With the phone: it tells who asks",
            "什么服务、什么设备、在哪个网络、什么时候；不是自己，一按就结束。",
            "Which service, device and network, and when; if it is not oneself, one press ends it.",
        ),
        "pairing-digits": Words(
            "扫码登录：两位数字对得上才行",
            "With the phone: the digits must match",
            "手机来了，屏幕才显示数字；转发来的二维码上没有它，骗不到登录。",
            "They appear once a phone has come; a picture that was sent on holds none, so it lets nobody in.",
        ),
        "english": Words(
            "英文",
            "English",
            "门户说英文，认证平台就说英文；每一页都是完整的。",
            "A portal that speaks English is answered in English, on every page.",
        ),
        "care": Words(
            "关怀版",
            "Large and plain",
            "同一张页面换一种样式：字不小于 20 像素，按钮不低于 48 像素，到哪一页都记得。",
            "The same page in another style: text from 20 px, targets from 48 px, kept on every page.",
        ),
        "phone-sign-in": Words(
            "手机上的登录",
            "Sign in on a phone",
            "390 像素宽，不用左右滑动。",
            "390 px wide, nothing to scroll sideways.",
        ),
        "phone-portal": Words(
            "手机上的门户",
            "The portal on a phone",
            "回到门户。",
            "Back at the portal.",
        ),
        "phone-account": Words(
            "手机上的首页",
            "One's own page on a phone",
            "同样的内容，一列排开。",
            "The same contents in one column.",
        ),
        "real-person": Words(
            "实人核验：单独同意",
            "Level 4: a consent of its own",
            "写明只收到结果、不接触影像；窗口和数字证书始终并列可选。",
            "Only the result comes here, never a picture; window and certificate stand beside it every time.",
        ),
        "real-person-camera": Words(
            "公安比对服务的页面（模拟）",
            "The page of who compares (simulated)",
            "摄像头在比对服务自己的页面上，本平台看不到；沙箱里由人选择看到了谁。",
            "The camera is on the service's own page; in the sandbox one says whom it sees.",
        ),
        "window-code": Words(
            "到窗口办理",
            "Visiting a counter",
            "窗口码说明账号是谁的；读卡器和工作人员各签一次名，才升到五级。",
            "The code names the account; card reader and officer both sign before level 5 is given.",
        ),
        "certificate": Words(
            "用数字证书登录",
            "Sign in by certificate",
            "页面给出一行只用一次的文字，由 UKey 或工具签名；没有 JavaScript 也一样能用。",
            "The page shows one line, good once, for a UKey or a tool to sign; it works without JavaScript.",
        ),
        "certificate-methods": Words(
            "登录方式里的证书",
            "The certificate among the ways to sign in",
            "证书有效期内，可信等级为五级；认证机构吊销后，等级随之收回。",
            "Level 5 as long as it lasts; when its authority revokes it, the level goes with it.",
        ),
        "passkey-add": Words(
            "添加通行密钥",
            "Adding a passkey",
            "用设备的指纹、面容或锁屏密码代替密码；指纹和面容只留在设备上。",
            "The device's fingerprint, face or screen lock instead of a password; they never leave it.",
        ),
        "passkey": Words(
            "用通行密钥登录",
            "Signing in with a passkey",
            "不用输入登录名；在登录框里也可以直接选择。没有启用脚本时，其他方式都在。",
            "Nothing is typed; the login field offers it too. Without scripts every other way stays.",
        ),
        "staff-sign-in": Words(
            "政务人员登录",
            "Civil servants sign in",
            "用单位目录的账号，再加第二种方式；与个人账号互不相通。",
            "With the account of their directory and a second factor, apart from their personal account.",
        ),
        "office-desk": Words(
            "部门的审批系统",
            "A department's system",
            "部门只得到姓名、单位和岗位；作为公民的那个账号，它一无所知。",
            "It learns name, unit and post, and nothing of the same person as a citizen.",
        ),
        "office-archive": Words(
            "另一个部门：一键直达",
            "Another department: straight in",
            "登录一次，进入两个部门的系统，中间没有页面。",
            "One sign-in opens both systems, without a page in between.",
        ),
        "staff-passkeys": Words(
            "政务人员的通行密钥",
            "A civil servant's passkeys",
            "可以有几个，各有名字，随时移除；目录的密码仍要输入。",
            "Several, by name, taken away at any time; the directory's password is still asked for.",
        ),
        "office-decision": Words(
            "作决定要更可靠的登录",
            "A decision takes more",
            "对外生效的审批要求最高登录强度；补充验证之后，填好的意见还在。",
            "What binds the department asks for the strongest sign-in; what was typed is still there.",
        ),
        "window-waiting": Words(
            "窗口：等操作员见证",
            "At a window: a reading waits",
            "读卡器签名送来，操作员不用专门的签名工具；别的窗口看不到。",
            "The card reader has signed; the operator needs no signing tool, and no other window sees it.",
        ),
        "window-compared": Words(
            "当面核对",
            "Compared face to face",
            "姓名完整，号码只露出够核对的几位；由谁、哪台读卡器、何时读取。",
            "The whole name, of the number as much as it takes; which reader, and when.",
        ),
        "window-answered": Words(
            "见证之后",
            "Stood by",
            "每次见证都另用一个动态码或通行密钥，记在操作员名下；可信等级升为五级。",
            "Each takes a code or a passkey of its own and is recorded as the operator's: level 5.",
        ),
        "outage": Words(
            "核验服务没有回应",
            "The registry does not answer",
            "不让人干等：先以二级进入，有结果再短信告知。",
            "Nobody waits: one goes on at level 2 and is told by text message.",
        ),
        "step-up": Words(
            "公积金要求三级",
            "The fund asks level 3",
            "写明现在几级、要几级、为什么、怎样提升。",
            "What one has, what is asked, why, and the ways to get there.",
        ),
        "outage-over": Words(
            "恢复之后",
            "When it answers again",
            "登记机关一恢复，等级自动提升；同一次登录继续，直接进入公积金。",
            "The level rises by itself, and the same sign-in goes on into the fund.",
        ),
    }
)
"""By the picture's name."""
