"""GitHub's signatures: ECDSA on P-256 with SHA-256, over the very bytes of a report.

`cryptography` is imported where it is used: most servers are never sent a report.
"""

import base64
import binascii
import hashlib
from dataclasses import dataclass, field
from typing import Any

P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key that reports are verified with."""

    identifier: str
    """What a report calls it: whoever lists a key chooses it."""
    pem: str
    native: Any = field(repr=False, compare=False)
    """What `cryptography` takes for a public key."""

    def has_signed(self, body: bytes, signature: str) -> bool:
        """Whether a signature, as its header has it, is this key's for a body."""
        from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - see above
        from cryptography.hazmat.primitives import hashes  # noqa: PLC0415
        from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415

        der = _der(signature)
        if der is None:
            return False
        try:
            self.native.verify(der, body, ec.ECDSA(hashes.SHA256()))
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True, slots=True)
class KeyPair:
    """A key that signs as GitHub does."""

    private: Any = field(repr=False, compare=False)
    """What `cryptography` takes for a private key."""
    public: PublicKey

    def sign(self, body: bytes) -> str:
        """The signature of a body, as its header has it."""
        from cryptography.hazmat.primitives import hashes  # noqa: PLC0415 - see above
        from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415

        der: bytes = self.private.sign(body, ec.ECDSA(hashes.SHA256()))
        return base64.b64encode(der).decode()

    def to_pem(self) -> bytes:
        """The key as it is kept in a file."""
        from cryptography.hazmat.primitives import serialization  # noqa: PLC0415 - see above

        pem: bytes = self.private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        return pem


def draw_key_pair() -> KeyPair:
    """A new random key pair."""
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415 - see above

    return _key_pair(ec.generate_private_key(ec.SECP256R1()))


def read_key_pair(pem: bytes) -> KeyPair:
    """The key pair that a file of a private key holds.

    Raises:
        ValueError: it holds none on P-256.
    """
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415 - see above
    from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415
        load_pem_private_key,
    )

    try:
        private = load_pem_private_key(pem, password=None)
    except TypeError as error:  # it is encrypted
        raise ValueError(str(error)) from error
    if not isinstance(private, ec.EllipticCurvePrivateKey):
        msg = "expected a key on P-256"
        raise ValueError(msg)  # noqa: TRY004 - it is what the file says that is wrong
    return _key_pair(private)


def read_public_key(identifier: str, pem: str) -> PublicKey:
    """A listed key.

    Raises:
        ValueError: it is no key on P-256.
    """
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415 - see above
    from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415
        load_pem_public_key,
    )

    try:
        native = load_pem_public_key(pem.encode())
    except UnsupportedAlgorithm as error:
        raise ValueError(str(error)) from error
    _require_p256(native)
    return PublicKey(identifier, pem, native)


def _key_pair(private: Any) -> KeyPair:  # noqa: ANN401 - cryptography is imported late
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415 - see above

    native = private.public_key()
    _require_p256(native)
    spelled = native.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    # Both of GitHub's published identifiers are the digest of the text, its last newline included.
    identifier = hashlib.sha256(spelled).hexdigest()
    return KeyPair(private, PublicKey(identifier, spelled.decode(), native))


def _require_p256(native: Any) -> None:  # noqa: ANN401 - cryptography is imported late
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415 - see above

    if not isinstance(native, ec.EllipticCurvePublicKey) or not isinstance(
        native.curve, ec.SECP256R1
    ):
        msg = "expected a key on P-256"
        raise ValueError(msg)  # noqa: TRY004 - it is what the list says that is wrong


def _der(signature: str) -> bytes | None:
    """The one DER encoding of a signature; None for any other spelling, and for no signature.

    The library would refuse most of them by itself: that none is let through is not left to it.
    """
    from cryptography.hazmat.primitives.asymmetric.utils import (  # noqa: PLC0415 - see above
        decode_dss_signature,
        encode_dss_signature,
    )

    try:
        der = base64.b64decode(signature, validate=True)
        r, s = decode_dss_signature(der)
    except (binascii.Error, ValueError):
        return None
    is_in_range = 0 < r < P256_ORDER and 0 < s < P256_ORDER
    is_canonical = base64.b64encode(der).decode() == signature
    return der if is_in_range and is_canonical and encode_dss_signature(r, s) == der else None
