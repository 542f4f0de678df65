"""The fields of the public pages and what each can hold; a refusal is a reason code for the templates."""

import re
import unicodedata
from collections.abc import Callable

from flask import Flask, abort, request
from wtforms import BooleanField, Field, Form, PasswordField, SelectField, StringField, TextAreaField
from wtforms.validators import Optional, StopValidation

PASSWORD_LENGTHS = range(8, 129)
ANY_PASSWORD_LENGTH = 1024
CODE = re.compile(r"[0-9]{6}")
PAIRING_NUMBER = re.compile(r"[0-9]{8}")
SHOWN_DIGITS = re.compile(r"[0-9]{2}")
APP_OR_RECOVERY_CODE = re.compile(r"[0-9]{6}|[0-9A-Za-z]{12}")
RECOVERY_CODE = re.compile(r"[0-9A-Za-z]{12}")
PHONE = re.compile(r"\+?[0-9]{6,15}")
LOGIN = re.compile(r"[A-Za-z][A-Za-z0-9_-]{5,31}")
NAME_LENGTH = 100


def trimmed(value: str | None) -> str:
    """What was typed, without the spaces a paste brings along; letters stay as they were written."""
    return (value or "").strip()


def compact(value: str | None) -> str:
    """A number as people type it – full-width digits, spaces, dashes – as bare characters."""
    return re.sub(r"[\s\-‐-―]", "", unicodedata.normalize("NFKC", value or ""))


def required(reason: str) -> Callable[[Form, Field], None]:
    """The field must hold something."""

    def check(_form: Form, field: Field) -> None:
        if not field.data:
            raise StopValidation(reason)

    return check


def matches(pattern: re.Pattern[str], reason: str) -> Callable[[Form, Field], None]:
    """The whole value must look like this."""

    def check(_form: Form, field: Field) -> None:
        if not pattern.fullmatch(field.data):
            raise StopValidation(reason)

    return check


def holds(lengths: range, short: str, long: str) -> Callable[[Form, Field], None]:
    """The value must be of one of these lengths, in characters."""

    def check(_form: Form, field: Field) -> None:
        if len(field.data) not in lengths:
            raise StopValidation(short if len(field.data) < lengths.start else long)

    return check


def refuse(field: Field, reason: str) -> None:
    """Note at a field what a rule found after the form itself was in order; the page is then shown again."""
    field.errors = [*field.errors, reason]


def refuse_once(field: Field, reason: str) -> None:
    """The same where the form itself may have found something: what comes first is told first."""
    if not field.errors:
        refuse(field, reason)


def uploaded(name: str) -> bytes:
    """What stands in a file of the posted form; nothing if there is none."""
    file = request.files.get(name)
    if file is None:
        return b""
    with file.stream as stream:
        return bytes(stream.read())


def install(app: Flask) -> None:
    """Refuse what no field may hold before any page looks at it: a NUL, which databases cannot keep."""

    @app.before_request
    def look() -> None:
        for values in (request.args, request.form):
            if any("\0" in text for pair in values.items(multi=True) for text in pair):
                abort(400)


class Fields(Form):  # type: ignore[misc]  # WTForms has no types
    """What all our forms are; the token of a form is checked by ``idp.web.csrf``, not here."""


class SignIn(Fields):
    """Login name, phone or document number in one box, and the password."""

    login = StringField(filters=[trimmed], validators=[required("login_required")])
    password = PasswordField(
        validators=[required("password_required"), holds(range(1, ANY_PASSWORD_LENGTH + 1), "wrong", "wrong")]
    )


class StaffSignIn(Fields):
    """A civil servant's login in their directory, and its password."""

    login = StringField(
        filters=[trimmed],
        validators=[required("staff_login_required"), holds(range(1, 129), "staff_wrong", "staff_wrong")],
    )
    password = PasswordField(
        validators=[
            required("password_required"),
            holds(range(1, ANY_PASSWORD_LENGTH + 1), "staff_wrong", "staff_wrong"),
        ]
    )


class Phone(Fields):
    """A phone a code is sent to."""

    phone = StringField(
        filters=[compact], validators=[required("phone_malformed"), matches(PHONE, "phone_malformed")]
    )


class Code(Fields):
    """The code from the message."""

    code = StringField(
        filters=[compact], validators=[required("code_malformed"), matches(CODE, "code_malformed")]
    )


class AppCode(Fields):
    """The code that an authenticator app shows."""

    code = StringField(
        filters=[compact], validators=[required("app_code_malformed"), matches(CODE, "app_code_malformed")]
    )


class PairingNumber(Fields):
    """The eight digits beside the picture on a screen."""

    number = StringField(
        filters=[compact],
        validators=[required("qr_number_malformed"), matches(PAIRING_NUMBER, "qr_number_malformed")],
    )


class ShownDigits(Fields):
    """The two digits a screen shows once a phone has come."""

    digits = StringField(
        filters=[compact],
        validators=[required("qr_digits_malformed"), matches(SHOWN_DIGITS, "qr_digits_malformed")],
    )


class Signature(Fields):
    """A certificate, and what its key has signed: text that a tool or a UKey's service gives."""

    certificate = TextAreaField(
        filters=[trimmed],
        validators=[
            required("certificate_required"),
            holds(range(1, 32_768), "certificate_malformed", "certificate_malformed"),
        ],
    )
    signature = TextAreaField(
        filters=[trimmed],
        validators=[
            required("signature_required"),
            holds(range(1, 2_048), "certificate_malformed", "certificate_malformed"),
        ],
    )


class RecoveryCode(Fields):
    """One of the printed codes, with or without its dashes."""

    recovery_code = StringField(
        filters=[compact],
        validators=[required("recovery_code_required"), matches(RECOVERY_CODE, "recovery_code_wrong")],
    )


class Login(Fields):
    """Login name, phone or document number in one box, before what else is asked."""

    login = StringField(filters=[trimmed], validators=[required("login_required")])


class Document(Fields):
    """Who somebody says they are: as the document spells it."""

    kind = SelectField(validators=[required("choose_one")], validate_choice=False, default="resident_id_18")
    name = StringField(
        filters=[trimmed],
        validators=[
            required("name_required"),
            holds(range(1, NAME_LENGTH), "name_malformed", "name_malformed"),
        ],
    )
    country = StringField(filters=[trimmed], validators=[Optional()])
    """The issuing country of a foreign passport, ISO 3166-1 alpha-3."""
    number = StringField(filters=[compact], validators=[required("document_required")])


class RecoveryWithoutPhone(Login, Document):
    """Who has forgotten the password and lost the phone: login, document, and one code they still have."""

    code = StringField(
        filters=[compact],
        validators=[required("kept_code_required"), matches(APP_OR_RECOVERY_CODE, "kept_code_malformed")],
    )


class Identity(Document):
    """Registration: the document, the agreements, the separate consent its number needs (PIPL Art. 29)."""

    agreement = BooleanField(validators=[required("agreement_required")])
    sensitive = BooleanField(validators=[required("sensitive_required")])


class Joining(Fields):
    """Beginning an account with what an upstream says: the agreements, and the consent a number needs."""

    agreement = BooleanField(validators=[required("agreement_required")])
    sensitive = BooleanField()

    def validate_for(self, has_number: bool) -> bool:
        """Whether everything is agreed to that must be; the number is there only if it is believed."""
        whole = bool(self.validate())
        if has_number and not self.sensitive.data:
            refuse(self.sensitive, "sensitive_required")
            return False
        return whole


class NewPassword(Fields):
    """A password to be, shown on request instead of typed twice, and a login name for who wants one."""

    login = StringField(filters=[trimmed], validators=[Optional(), matches(LOGIN, "login_malformed")])
    password = PasswordField(
        validators=[
            required("password_required"),
            holds(PASSWORD_LENGTHS, "password_short", "password_long"),
        ]
    )


class ChangedPassword(Fields):
    """The password as it is and as it shall be, and whether everything elsewhere ends with it."""

    current = PasswordField(
        validators=[
            required("password_required"),
            holds(range(1, ANY_PASSWORD_LENGTH + 1), "password_wrong", "password_wrong"),
        ]
    )
    password = PasswordField(
        validators=[
            required("password_required"),
            holds(PASSWORD_LENGTHS, "password_short", "password_long"),
        ]
    )
    elsewhere = BooleanField(default=True)


class DeviceName(Fields):
    """What a person calls one of their devices; nothing takes the name away."""

    name = StringField(
        filters=[trimmed],
        validators=[Optional(), holds(range(1, 33), "device_name_long", "device_name_long")],
    )


class PhoneCodes(Fields):
    """The codes that a change of phone takes; what is not asked for stays empty."""

    phone = StringField(filters=[compact])
    new = StringField(filters=[compact])
    old = StringField(filters=[compact])


class Child(Document):
    """A minor in somebody's care, what they are to them, and the consents (PIPL Art. 29, 31)."""

    relation = SelectField(validators=[required("choose_one")], validate_choice=False)
    agreement = BooleanField(validators=[required("minors_required")])
    sensitive = BooleanField(validators=[required("sensitive_required")])


class Password(Fields):
    """The person's own password once more, before something that cannot be taken back."""

    password = PasswordField(
        validators=[required("password_required"), holds(range(1, ANY_PASSWORD_LENGTH + 1), "wrong", "wrong")]
    )
