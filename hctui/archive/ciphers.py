"""The four ciphers as pyzipper's hooks take them, on the fastest primitives at hand.

They are used in two steps so that these overlap in different threads: `encipher()` or `decipher()`, and `authenticate()`,
which hashes ciphertext; `encrypt()` and `decrypt()`, pyzipper's own interface, do both. AES is pycryptodomex's, laid out for
the counter mode by `_cy_counter`; HMAC-SHA1 and the key derivation are OpenSSL's, through hashlib. All release the GIL.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import sys
import unicodedata
from collections.abc import Callable
from contextlib import suppress

import pyzipper.zipfile_aes as aes
from Cryptodome.Cipher import AES
from Cryptodome.Util import Counter

from hctui.archive import _cy_counter, _cy_zipcrypto
from hctui.model import Encryption

Bytes = bytes | bytearray

HEADER_SIZE = 12
"""Bytes before a ZipCrypto member's data."""
STRENGTHS = {Encryption.AES128: 1, Encryption.AES192: 2, Encryption.AES256: 3}
"""WinZip's number for each key size."""
AUTHENTICATION_SIZE = 10
"""Bytes behind an AES member's data."""
_STRIP = 1 << 17
"""Bytes of key stream made at a time."""
_ROUNDS = 1000
"""WinZip AE-2 prescribes these few: the password must be a strong one."""


def password_bytes(password: str) -> bytes:
    """Return the bytes that stand for a password: UTF-8 of its composed form, however the accents were typed."""
    return unicodedata.normalize("NFC", password).encode(errors="surrogateescape")


def password_candidates(password: str) -> list[bytes]:
    """Return what bytes other programs may have made of the same password: composed or not, or in a Western code page."""
    candidates = [password_bytes(password), password.encode(errors="surrogateescape")]
    for code_page in ("cp1252", "cp850"):
        with suppress(UnicodeEncodeError):
            candidates.append(unicodedata.normalize("NFC", password).encode(code_page))
    return list(dict.fromkeys(candidates))


def counter_mode(key: bytes) -> Callable[[bytes], Bytes]:
    """Return a function that enciphers, or deciphers, piece after piece in WinZip's counter mode."""
    if _cy_counter.is_compiled() and sys.byteorder == "little":
        return _BlocksAndCounters(key).apply
    return AES.new(key, AES.MODE_CTR, counter=Counter.new(128, little_endian=True)).encrypt


class _BlocksAndCounters:
    """AES block by block over counters of ours."""

    def __init__(self, key: bytes) -> None:
        self._blocks = AES.new(key, AES.MODE_ECB)
        self._strip = bytearray()
        self._position = 0

    def apply(self, data: bytes) -> bytearray:
        applied = bytearray(data)
        start = 0
        while start < len(applied):
            first, skip = divmod(self._position, _cy_counter.BLOCK)
            size = min(len(applied) - start, _STRIP - skip)
            strip = self._strip_for(skip + size)
            _cy_counter.fill(strip, first + 1)
            self._blocks.encrypt(strip, output=strip)
            _cy_counter.lay_over(applied, start, strip, skip, size)
            start += size
            self._position += size
        return applied

    def _strip_for(self, size: int) -> bytearray:
        """Return the strip of before where it fits, a new one of whole blocks otherwise."""
        whole = -(-size // _cy_counter.BLOCK) * _cy_counter.BLOCK
        if len(self._strip) != whole:
            self._strip = bytearray(whole)
        return self._strip


class AesKeys:
    """What WinZip AE derives from a password and a member's salt."""

    def __init__(self, password: bytes, salt: bytes) -> None:
        length = 2 * len(salt)  # of every key size
        material = hashlib.pbkdf2_hmac("sha1", password, salt, _ROUNDS, 2 * length + 2)
        self.verifier = material[2 * length :]
        """Two bytes that tell most wrong passwords."""
        self.apply = counter_mode(material[:length])
        """Enciphers or deciphers what comes next."""
        self.hash = hmac.new(material[length : 2 * length], digestmod="sha1")


class AesEncrypter:
    """Writes one member in WinZip AE-2."""

    def __init__(self, password: bytes, encryption: Encryption) -> None:
        self.strength = STRENGTHS[encryption]
        self._salt = os.urandom(aes.WZ_SALT_LENGTHS[self.strength])
        self._keys = AesKeys(password, self._salt)

    def encryption_header(self) -> bytes:
        """Return what stands before the data: salt and password verifier."""
        return self._salt + self._keys.verifier

    def encipher(self, data: bytes) -> Bytes:
        """Return `data` enciphered."""
        return self._keys.apply(data)

    def authenticate(self, sealed: Bytes) -> None:
        """Hash ciphertext in its order."""
        self._keys.hash.update(sealed)

    def encrypt(self, data: bytes) -> Bytes:
        """Return `data` enciphered, and hash it."""
        sealed = self.encipher(data)
        self.authenticate(sealed)
        return sealed

    def flush(self) -> bytes:
        """Return what stands behind the data: the authentication code."""
        return self._keys.hash.digest()[:AUTHENTICATION_SIZE]


class ZipCryptoEncrypter:
    """Writes one member in the cipher of PKZIP 2, which `Padrão` stands for and anybody can break."""

    def __init__(self, password: bytes, check: int) -> None:
        self._keys = _cy_zipcrypto.initial_keys(password)
        self._check = check & 0xFF

    def encryption_header(self) -> bytearray:
        """Return what stands before the data: random bytes and the one that tells most wrong passwords."""
        return self.encipher(os.urandom(HEADER_SIZE - 1) + bytes([self._check]))

    def encipher(self, data: bytes) -> bytearray:
        """Return `data` enciphered."""
        sealed = bytearray(data)
        _cy_zipcrypto.encrypt(self._keys, sealed)
        return sealed

    encrypt = encipher

    def authenticate(self, sealed: Bytes) -> None:
        """This cipher proves nothing."""

    def flush(self) -> bytes:
        """Return nothing: this cipher has no trailer."""
        return b""


class WrongKey(Exception):
    """A member's verifier does not fit the password: the password is wrong, or those bytes are damaged."""


class AesDecrypter:
    """Reads one member in WinZip AE-1 or AE-2."""

    def __init__(self, zinfo: aes.AESZipInfo, pwd: bytes, encryption_header: bytes) -> None:
        """Take the header before the data. Raises `WrongKey`."""
        salt, verifier = encryption_header[:-2], encryption_header[-2:]
        self._keys = AesKeys(pwd, salt)
        if not hmac.compare_digest(self._keys.verifier, verifier):
            raise WrongKey

    def authenticate(self, data: Bytes) -> None:
        """Hash ciphertext in its order."""
        self._keys.hash.update(data)

    def decipher(self, data: bytes) -> Bytes:
        """Return the plaintext of `data`."""
        return self._keys.apply(data)

    def decrypt(self, data: bytes) -> Bytes:
        """Return the plaintext of `data`, and hash it."""
        self.authenticate(data)
        return self.decipher(data)

    def proves(self, code: bytes) -> bool:
        """Tell whether the authentication code behind the data is that of all that was hashed."""
        return hmac.compare_digest(self._keys.hash.digest()[:AUTHENTICATION_SIZE], code)


class ZipCryptoDecrypter:
    """Reads one member in the cipher of PKZIP 2."""

    def __init__(self, zinfo: aes.AESZipInfo, pwd: bytes, encryption_header: bytes) -> None:
        """Take the header before the data. Raises `WrongKey`, for all but one in 256 wrong passwords."""
        self._keys = _cy_zipcrypto.initial_keys(pwd)
        check = zinfo._raw_time >> 8 if zinfo.use_datadescripter else zinfo.CRC >> 24
        if self.decipher(encryption_header)[-1] != check & 0xFF:
            raise WrongKey

    def authenticate(self, data: Bytes) -> None:
        """This cipher proves nothing."""

    def decipher(self, data: bytes) -> bytearray:
        """Return the plaintext of `data`."""
        plain = bytearray(data)
        _cy_zipcrypto.decrypt(self._keys, plain)
        return plain

    decrypt = decipher

    def proves(self, code: bytes) -> bool:
        """Tell whether nothing is behind the data, as it must be."""
        return not code
