"""The one module that signs: what is minted as a JSON Web Token, and the keys others verify it by.

PyJWT and `cryptography` are imported where they are used: together they take a fifth of a start,
and most servers sign late.
"""

import base64
import binascii
import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import msgspec

_HMAC_HEADER = "eyJhbGciOiJIUzUxMiJ9"
"""`{"alg":"HS512"}`"""
_RSA_BITS = 2048
_RSA_ALGORITHM = "RS256"


def hmac_token(claims: dict[str, Any], key: bytes) -> str:
    """A token signed with HMAC-SHA-512 whose header says nothing else, as a job token's does.

    Put together here: each job gets one, and PyJWT would take as long as all the rest of that.
    """
    signed = f"{_HMAC_HEADER}.{_base64url(msgspec.json.encode(claims))}"
    return f"{signed}.{_signature(signed, key)}"


def verified_hmac_claims(token: str, key: bytes) -> dict[str, Any] | None:
    """The claims of a token that `hmac_token` made with this key; None for any other."""
    signed, separator, signature = token.rpartition(".")
    header, _, claims = signed.partition(".")
    expected = _signature(signed, key)
    if not separator or not hmac.compare_digest(signature.encode(), expected.encode()):
        return None
    if header != _HMAC_HEADER:
        return None
    padded = claims + "=" * (-len(claims) % 4)
    decoded: dict[str, Any] = msgspec.json.decode(base64.urlsafe_b64decode(padded))
    return decoded


def message(content: Any, key: bytes) -> str:  # noqa: ANN401 - whatever JSON holds
    """A message signed as Rails does: base64 of JSON, `--`, HMAC-SHA-1 of that base64.

    Source: `ActiveSupport::MessageVerifier`, whose form a package registry's tokens have.
    """
    text = base64.b64encode(msgspec.json.encode(content)).decode()
    return f"{text}--{_message_digest(text, key)}"


def verified_message(text: str, key: bytes) -> Any:  # noqa: ANN401 - whatever JSON holds
    """What a signed message says; None if it was not signed with this key.

    The signature is looked at first: nothing of a forged message is read.
    """
    encoded, separator, digest = text.rpartition("--")
    # Compared as it is written: in upper case it is another text.
    if not separator or not hmac.compare_digest(
        digest.encode(), _message_digest(encoded, key).encode()
    ):
        return None
    try:
        return msgspec.json.decode(base64.b64decode(encoded, validate=True))
    except (binascii.Error, msgspec.DecodeError):
        return None


def numeric_date(moment: datetime) -> int:
    """A moment as tokens have it: whole seconds."""
    return int(moment.timestamp())


def moment(date: int) -> datetime:
    """The inverse of `numeric_date`."""
    return datetime.fromtimestamp(date, UTC)


@dataclass(frozen=True, slots=True, repr=False)
class RsaKey:
    """A key for tokens that anybody can verify."""

    private: Any
    """What `cryptography` takes for a private key."""
    public: dict[str, str]
    """The other half, as a JSON Web Key."""

    @property
    def key_id(self) -> str:
        """The name that tokens call the key by."""
        return self.public["kid"]

    def token(self, claims: dict[str, Any]) -> str:
        """A token signed with RSA and SHA-256, whose header names the key and nothing else."""
        import jwt  # noqa: PLC0415 - only where something is signed

        headers = {"typ": None, "kid": self.key_id}
        return jwt.encode(claims, self.private, algorithm=_RSA_ALGORITHM, headers=headers)

    def verified_claims(self, token: str) -> dict[str, Any] | None:
        """The claims of a token that `token` made with this key; None for any other.

        Only the signature is looked at, and that each name is there once.
        """
        import jwt  # noqa: PLC0415 - only where something is signed

        try:
            # What the header says is no choice of its sender's: it is the one that is written here.
            if jwt.get_unverified_header(token) != {"alg": _RSA_ALGORITHM, "kid": self.key_id}:
                return None
            payload = jwt.PyJWS().decode(token, self.private.public_key(), [_RSA_ALGORITHM])
            claims = json.loads(payload, object_pairs_hook=_each_once)
        except (jwt.InvalidTokenError, ValueError, RecursionError):
            return None
        return claims if isinstance(claims, dict) else None

    def to_pem(self) -> bytes:
        """The key as it is kept in a file."""
        from cryptography.hazmat.primitives import serialization  # noqa: PLC0415 - seldom drawn

        pem: bytes = self.private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        return pem


def draw_rsa_key() -> RsaKey:
    """A new random key. It takes a tenth of a second, or several."""
    from cryptography.hazmat.primitives.asymmetric import rsa  # noqa: PLC0415 - seldom drawn

    return _rsa_key(rsa.generate_private_key(public_exponent=65537, key_size=_RSA_BITS))


def read_rsa_key(pem: bytes) -> RsaKey:
    """The key that a file holds.

    Raises:
        ValueError: it holds none.
    """
    from cryptography.hazmat.primitives.asymmetric import rsa  # noqa: PLC0415 - seldom read
    from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415 - seldom read
        load_pem_private_key,
    )

    private = load_pem_private_key(pem, password=None)
    if not isinstance(private, rsa.RSAPrivateKey):
        msg = "expected an RSA key"
        raise ValueError(msg)  # noqa: TRY004 - it is what the file says that is wrong
    return _rsa_key(private)


def _rsa_key(private: Any) -> RsaKey:  # noqa: ANN401 - cryptography is imported late
    from jwt.algorithms import RSAAlgorithm  # noqa: PLC0415 - only where something is signed

    public = RSAAlgorithm.to_jwk(private.public_key(), as_dict=True)
    numbers = {name: public[name] for name in ("e", "kty", "n")}
    # The thumbprint of RFC 7638, in hexadecimal digits as Buildkite's keys have it.
    spelled = json.dumps(numbers, sort_keys=True, separators=(",", ":"))
    key_id = hashlib.sha256(spelled.encode()).hexdigest()
    return RsaKey(private, {**numbers, "kid": key_id, "use": "sig", "alg": _RSA_ALGORITHM})


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object, unless it says something twice."""
    said = dict(pairs)
    if len(said) < len(pairs):
        msg = "a name is there twice"
        raise ValueError(msg)
    return said


def _message_digest(text: str, key: bytes) -> str:
    return hmac.digest(key, text.encode(), "sha1").hex()


def _signature(signed: str, key: bytes) -> str:
    mac = _keyed(key).copy()
    mac.update(signed.encode())
    return _base64url(mac.digest())


@lru_cache
def _keyed(key: bytes) -> hmac.HMAC:
    """HMAC-SHA-512 with a key, to be copied: to set one up takes as long as signing with it."""
    return hmac.new(key, digestmod="sha512")


def _base64url(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")
