"""The certification authority over HTTP: its lists, its OCSP responder, and the button that revokes."""

from datetime import timedelta
from http import HTTPStatus

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import ocsp
from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from connectors.simulator import authority as authorities
from connectors.simulator.authority import Authority, Pair
from connectors.simulator.faults import FaultKind
from connectors.simulator.scene import Scene, json_object
from idp.simulator.mischief import GARBAGE

CRL = "ca_crl"
OCSP = "ca_ocsp"
"""The names by which a fault's match means these routes."""
HELP = "certificate_pem, or serial (decimal); where: crl, ocsp, or empty for both"
ANSWER_LASTS = timedelta(minutes=10)


def ca_routes(scene: Scene) -> Blueprint:
    routes, authority = Blueprint("ca", __name__, url_prefix="/ca"), scene.authority

    @routes.get("/<name>.crl")
    def revocation_list(name: str) -> Response:
        """What was taken back: ``issuing.crl`` for people, ``root.crl`` for authorities."""
        fault = scene.board.meet(CRL, named_only=True)
        issuer = {"issuing": authority.issuing, "root": authority.root}.get(name)
        if issuer is None:
            return Response(status=HTTPStatus.NOT_FOUND)
        return scene.answered(CRL, fault, lambda: Response(_list(authority, issuer, fault)))

    @routes.post("/ocsp")
    def responder() -> Response:
        """RFC 6960 over POST."""
        fault = scene.board.meet(OCSP, named_only=True)
        return scene.answered(OCSP, fault, lambda: Response(_answer(authority, request.get_data(), fault)))

    @routes.get("/trusted.pem")
    def trusted() -> Response:
        """The root and the issuing authority."""
        return Response(authority.root.certificate_pem + authority.issuing.certificate_pem)

    @routes.post("/revoke")
    def revoke() -> ResponseReturnValue:
        """Take a certificate back: ``{"certificate_pem"|"serial", "where"}``."""
        posted = json_object()
        where = posted.get("where", "")
        try:
            pem = posted.get("certificate_pem")
            found = x509.load_pem_x509_certificate(str(pem).encode()).serial_number if pem else None
            serial = found or int(posted.get("serial", ""))
        except ValueError:
            return {"error": HELP}, HTTPStatus.BAD_REQUEST
        if where not in ("", "crl", "ocsp"):
            return {"error": HELP}, HTTPStatus.BAD_REQUEST
        authority.revoke(serial, where)
        return {"revoked": str(serial)}

    return routes


def _list(authority: Authority, issuer: Pair, fault: FaultKind | None) -> bytes:
    match fault:
        case FaultKind.GARBAGE:
            return GARBAGE
        case FaultKind.OUTDATED:
            return authority.revocation_list(issuer, lasts=-timedelta(minutes=1))
        case FaultKind.WRONG_SIGNATURE:
            return authority.revocation_list(Pair(issuer.certificate, _stranger().key))
    return authority.revocation_list(issuer)


def _answer(authority: Authority, body: bytes, fault: FaultKind | None) -> bytes:
    if fault is FaultKind.GARBAGE:
        return GARBAGE
    try:
        asked = ocsp.load_der_ocsp_request(body)
    except ValueError:
        return _declined(ocsp.OCSPResponseStatus.MALFORMED_REQUEST)
    at = authority.now() - (timedelta(days=1) if fault is FaultKind.OUTDATED else timedelta())
    revoked_at = authority.revoked("ocsp").get(asked.serial_number)
    signer = _stranger() if fault is FaultKind.WRONG_SIGNATURE else authority.issuing
    builder = (
        ocsp.OCSPResponseBuilder()
        .add_response_by_hash(
            asked.issuer_name_hash,
            asked.issuer_key_hash,
            asked.serial_number,
            asked.hash_algorithm,
            ocsp.OCSPCertStatus.REVOKED if revoked_at else ocsp.OCSPCertStatus.GOOD,
            at,
            at + ANSWER_LASTS,
            revoked_at,
            None,
        )
        .responder_id(ocsp.OCSPResponderEncoding.HASH, signer.certificate)
    )
    for extension in asked.extensions:
        builder = builder.add_extension(extension.value, critical=False)
    return builder.sign(signer.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def _declined(why: ocsp.OCSPResponseStatus) -> bytes:
    return ocsp.OCSPResponseBuilder.build_unsuccessful(why).public_bytes(serialization.Encoding.DER)


def _stranger() -> Pair:
    return authorities.authority("不相干的 CA", None)
