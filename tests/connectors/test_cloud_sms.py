"""Signatures of two clouds by their makers' own examples, and their answers in our words."""

import json

import pytest

from connectors import cloud_signing
from connectors.aliyun_sms import AliyunSms
from connectors.cloud_sms import CloudSms, SmsAccount
from connectors.tencent_sms import TencentSms
from idp.calling.wire import Answer
from idp.notices.sms import NotSent, NotSentReason, Sent

ACCOUNT = SmsAccount("https://sms.example.com", "id", "key")


def test_aliyuns_example_is_signed_as_aliyun_does() -> None:
    """
    The fixed parameters of its manual on signature V3.
    """
    headers = {
        "host": "ecs.cn-shanghai.aliyuncs.com",
        "x-acs-action": "RunInstances",
        "x-acs-content-sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "x-acs-date": "2023-10-26T10:22:32Z",
        "x-acs-signature-nonce": "3156853299f313e23d1673dc12e1703d",
        "x-acs-version": "2014-05-26",
    }
    image = "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd"
    asked = cloud_signing.query({"RegionId": "cn-shanghai", "ImageId": image})
    _, signature = cloud_signing.acs3("YourAccessKeySecret", "/", asked, headers, b"")

    assert "06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0" == signature


def test_tencents_example_is_signed_as_tencent_does() -> None:
    """
    The example of its manual on signature V3.
    """
    headers = {"content-type": "application/json; charset=utf-8", "host": "cvm.tencentcloudapi.com"}
    body = b'{"Limit": 1, "Filters": [{"Values": ["\\u672a\\u547d\\u540d"], "Name": "instance-name"}]}'
    scope, names, signature = cloud_signing.tc3(
        "Gu5t9xGARNpq86cd98joQYCN3EXAMPLE", "cvm", headers, body, 1551113065
    )

    assert ("2019-02-25/cvm/tc3_request", "content-type;host") == (scope, names)
    assert "72e494ea809ad7a8c8f7a4507b9bddcbaa8e581f516e8da2f66e2c5a96525168" == signature


def test_what_a_query_holds_is_encoded_as_rfc_3986_has_it() -> None:
    """
    Blanks, stars and tildes are where encoders differ.
    """
    assert "a=%20%2A~%2F&b=%E4%B8%80" == cloud_signing.query({"b": "一", "a": " *~/"})


def refused(code: str) -> dict[str, object]:
    return {"Response": {"Error": {"Code": code}, "RequestId": "r"}}


def phones(code: str, serial: str = "s-1") -> dict[str, object]:
    return {"Response": {"SendStatusSet": [{"Code": code, "SerialNo": serial}], "RequestId": "r"}}


QUOTA, PASSES, NO = NotSentReason.QUOTA, NotSentReason.TRANSPORT, NotSentReason.REFUSED


@pytest.mark.parametrize(
    ("gateway", "told", "expected"),
    [
        (AliyunSms, {"Code": "OK", "BizId": "b-1"}, Sent("b-1")),
        (AliyunSms, {"Code": "OK", "CallId": "c-1"}, Sent("c-1")),
        (AliyunSms, {"Code": "OK"}, NotSent(PASSES)),
        (AliyunSms, {"Code": "isv.BUSINESS_LIMIT_CONTROL"}, NotSent(QUOTA)),
        (AliyunSms, {"Code": "Throttling.User"}, NotSent(QUOTA)),
        (AliyunSms, {"Code": "isp.SYSTEM_ERROR"}, NotSent(PASSES)),
        (AliyunSms, {"Code": "isv.MOBILE_NUMBER_ILLEGAL"}, NotSent(NO)),
        (AliyunSms, {"Code": "SignatureDoesNotMatch"}, NotSent(NO)),
        (TencentSms, phones("Ok"), Sent("s-1")),
        (TencentSms, {"Response": {"SendStatus": {"CallId": "c-1"}}}, Sent("c-1")),
        (TencentSms, phones("Ok", ""), NotSent(PASSES)),
        (TencentSms, phones("LimitExceeded.PhoneNumberDailyLimit"), NotSent(QUOTA)),
        (TencentSms, phones("FailedOperation.PhoneNumberInBlacklist"), NotSent(NO)),
        (TencentSms, refused("RequestLimitExceeded"), NotSent(QUOTA)),
        (TencentSms, refused("InternalError.Timeout"), NotSent(PASSES)),
        (TencentSms, refused("AuthFailure.SignatureFailure"), NotSent(NO)),
        (TencentSms, {"Response": {}}, NotSent(PASSES)),
        (TencentSms, {"Response": []}, NotSent(PASSES)),
        (TencentSms, [], NotSent(PASSES)),
    ],
)
def test_an_answer_is_told_in_our_words(
    gateway: type[CloudSms], told: object, expected: Sent | NotSent
) -> None:
    """
    Taken only when named; throttled and out of order pass, everything else stays refused.
    """
    assert expected == gateway(ACCOUNT).outcome(Answer(200, {}, json.dumps(told).encode()))
