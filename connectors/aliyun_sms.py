"""Messages and calls over Aliyun: `SendSms` and `SingleCallByTts`, signed by ACS3-HMAC-SHA256.

Aliyun knows no references: what is repeated there is delivered twice. It gets ours as `OutId`, which its
receipts carry back.
"""

import json
import secrets
from hashlib import sha256
from urllib.parse import SplitResult

from connectors import cloud_signing
from connectors.cloud_sms import CloudSms, refusal_by_code
from connectors.sms_courier import Letter, refusal_by_status
from idp.calling.wire import Answer
from idp.notices.sms import Channel, Message, NotSent, NotSentReason, Sent

VERSION = "2017-05-25"
THROTTLED = (
    "isv.BUSINESS_LIMIT_CONTROL",
    "isv.DAY_LIMIT_CONTROL",
    "isv.MONTH_LIMIT",
    "Throttling",
    "isv.OUT_OF_",
)
PASSING = ("isp.", "ServiceUnavailable", "InternalError", "SystemError")
LONGEST_OUT_ID = {Channel.TEXT: 32, Channel.VOICE: 15}


class AliyunSms(CloudSms):
    """The gateway by the name `aliyun`."""

    def letter(
        self, place: SplitResult, phone: str, message: Message, template: str, reference: str
    ) -> Letter:
        """A POST without a body: Aliyun takes everything from the query."""
        asked, path = cloud_signing.query(self._asked(phone, message, template, reference)), place.path or "/"
        headers = {
            "host": place.netloc,
            "x-acs-action": "SendSms" if message.channel is Channel.TEXT else "SingleCallByTts",
            "x-acs-version": VERSION,
            "x-acs-date": f"{self.now():%Y-%m-%dT%H:%M:%SZ}",
            "x-acs-signature-nonce": secrets.token_hex(16),
            "x-acs-content-sha256": sha256(b"").hexdigest(),
        }
        headers["authorization"] = cloud_signing.acs3_header(
            self.account.key_id, self.account.key, path, asked, headers, b""
        )
        return Letter(f"{path}?{asked}", b"", headers)

    def outcome(self, answer: Answer) -> Sent | NotSent:
        """`Code` is OK, or says why not."""
        try:
            told = json.loads(answer.body)
            code, name = str(told["Code"]), told.get("BizId") or told.get("CallId")
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return refusal_by_status(answer.status) or NotSent(NotSentReason.TRANSPORT)
        if code == "OK" and isinstance(name, str):
            return Sent(name)
        return refusal_by_code(code, THROTTLED, (*PASSING, "OK"))

    def _asked(self, phone: str, message: Message, template: str, reference: str) -> dict[str, str]:
        filled = json.dumps(dict(message.values), ensure_ascii=False) if message.values else ""
        out_id, number = reference[: LONGEST_OUT_ID[message.channel]], _national(phone)
        if message.channel is Channel.TEXT:
            asked = {
                "PhoneNumbers": number,
                "SignName": self.account.sign_name,
                "TemplateCode": template,
                "TemplateParam": filled,
                "OutId": out_id,
            }
        else:
            asked = {
                "CalledNumber": number,
                "CalledShowNumber": self.account.voice_number,
                "TtsCode": template,
                "TtsParam": filled,
                "OutId": out_id,
            }
        return {name: value for name, value in asked.items() if value}


def _national(phone: str) -> str:
    """Mainland numbers bare; others with their country code and without a plus."""
    return phone.removeprefix("+86") if phone.startswith("+86") else phone.removeprefix("+")
