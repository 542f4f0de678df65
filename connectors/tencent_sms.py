"""Messages and calls over Tencent Cloud: `SendSms` and `SendTtsVoice`, signed by TC3-HMAC-SHA256.

Tencent knows no references: what is repeated there is delivered twice. It gets ours as `SessionContext`,
which its receipts carry back.
"""

import json
from urllib.parse import SplitResult

from connectors import cloud_signing
from connectors.cloud_sms import CloudSms, refusal_by_code
from connectors.sms_courier import Letter, refusal_by_status
from idp.calling.wire import Answer
from idp.notices.sms import Channel, Message, NotSent, NotSentReason, Sent

ACTIONS = {
    Channel.TEXT: ("sms", "SendSms", "2021-01-11"),
    Channel.VOICE: ("vms", "SendTtsVoice", "2020-09-02"),
}
"""Service, action and version."""
THROTTLED = ("LimitExceeded", "RequestLimitExceeded", "FailedOperation.InsufficientBalance")
PASSING = ("InternalError", "ResourceUnavailable")


class TencentSms(CloudSms):
    """The gateway by the name `tencent`."""

    def letter(
        self, place: SplitResult, phone: str, message: Message, template: str, reference: str
    ) -> Letter:
        """A POST of JSON; the action is signed in small letters and sent as it is spelled."""
        body = json.dumps(self._asked(phone, message, template, reference)).encode()
        at, (service, action, version) = int(self.now().timestamp()), ACTIONS[message.channel]
        signed = {
            "content-type": "application/json; charset=utf-8",
            "host": place.netloc,
            "x-tc-action": action.lower(),
        }
        headers = {
            **signed,
            "x-tc-action": action,
            "x-tc-version": version,
            "x-tc-timestamp": str(at),
            "x-tc-region": self.account.region,
            "authorization": cloud_signing.tc3_header(
                self.account.key_id, self.account.key, service, signed, body, at
            ),
        }
        return Letter(place.path or "/", body, headers)

    def outcome(self, answer: Answer) -> Sent | NotSent:
        """Either an `Error` of the call, or a status for the one phone it named."""
        try:
            told = json.loads(answer.body)["Response"]
            status = told.get("SendStatus") or (told.get("SendStatusSet") or [{}])[0]
            code = str((told.get("Error") or status).get("Code", "Ok"))
            name = status.get("SerialNo") or status.get("CallId")
        except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError):
            return refusal_by_status(answer.status) or NotSent(NotSentReason.TRANSPORT)
        if code == "Ok" and isinstance(name, str) and name:
            return Sent(name)
        return refusal_by_code(code, THROTTLED, (*PASSING, "Ok"))

    def _asked(self, phone: str, message: Message, template: str, reference: str) -> dict[str, object]:
        shared = {
            "TemplateId": template,
            "TemplateParamSet": list(message.values.values()),
            "SessionContext": reference,
        }
        if message.channel is Channel.VOICE:
            return {**shared, "CalledNumber": phone, "VoiceSdkAppid": self.account.voice_app_id}
        return {
            **shared,
            "PhoneNumberSet": [phone],
            "SmsSdkAppId": self.account.app_id,
            "SignName": self.account.sign_name,
        }
