"""The four ciphers of ZIP members, built on the fastest implementations available.

Encrypting and authenticating are separate steps, so that different threads can run them at the same time: `encrypt()` or
`decrypt()` does the first, and `authenticate()`, which hashes the ciphertext, does the second. AES is pycryptodomex's,
arranged for the counter mode by `_cy_counter`; HMAC-SHA1 and the key derivation are OpenSSL's, through hashlib. All of them
release the GIL.
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
"""Bytes before the data of a ZipCrypto member."""
STRENGTHS = {Encryption.AES128: 1, Encryption.AES192: 2, Encryption.AES256: 3}
"""WinZip's number for each key size."""
AUTHENTICATION_SIZE = 10
"""Bytes after the data of an AES member."""
_STRIP = 1 << 17
"""Bytes of key stream made at a time."""
_ROUNDS = 1000
"""WinZip AE-2 requires exactly these few, so the password must be a strong one."""


def password_bytes(password: str) -> bytes:
    """Return the password as UTF-8 in composed form (NFC), so that it does not matter how accents were typed."""
    return unicodedata.normalize("NFC", password).encode(errors="surrogateescape")


def password_candidates(password: str) -> list[bytes]:
    """Return the encodings that other programs may have used for a password: composed or not, or in a Western code page."""
    candidates = [password_bytes(password), password.encode(errors="surrogateescape")]
    for code_page in ("cp1252", "cp850"):
        with suppress(UnicodeEncodeError):
            candidates.append(unicodedata.normalize("NFC", password).encode(code_page))
    return list(dict.fromkeys(candidates))


def counter_mode(key: bytes) -> Callable[[bytes], Bytes]:
    """Return a function that encrypts, or decrypts, one piece after another in WinZip's counter mode."""
    if _cy_counter.is_compiled() and sys.byteorder == "little":
        return _CounterMode(key).apply
    return AES.new(key, AES.MODE_CTR, counter=Counter.new(128, little_endian=True)).encrypt


class _CounterMode:
    """WinZip's counter mode, made of single AES blocks and of counters that `_cy_counter` writes."""

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
        """Return a strip of whole blocks for `size` bytes: the last one if its size fits, otherwise a new one."""
        whole = -(-size // _cy_counter.BLOCK) * _cy_counter.BLOCK
        if len(self._strip) != whole:
            self._strip = bytearray(whole)
        return self._strip


class AesKeys:
    """The keys that WinZip AE derives from a password and the salt of a member."""

    def __init__(self, password: bytes, salt: bytes) -> None:
        length = 2 * len(salt)  # of every key size
        material = hashlib.pbkdf2_hmac("sha1", password, salt, _ROUNDS, 2 * length + 2)
        self.verifier = material[2 * length :]
        """Two bytes that detect most wrong passwords."""
        self.apply = counter_mode(material[:length])
        """Encrypts or decrypts the next piece."""
        self.hash = hmac.new(material[length : 2 * length], digestmod="sha1")


class AesEncrypter:
    """Encrypts one member in WinZip AE-2."""

    def __init__(self, password: bytes, encryption: Encryption) -> None:
        self.strength = STRENGTHS[encryption]
        self._salt = os.urandom(aes.WZ_SALT_LENGTHS[self.strength])
        self._keys = AesKeys(password, self._salt)

    def header(self) -> bytes:
        """Return the bytes before the data: salt and password verifier."""
        return self._salt + self._keys.verifier

    def encrypt(self, data: bytes) -> Bytes:
        """Return the ciphertext of `data`, the next piece."""
        return self._keys.apply(data)

    def authenticate(self, ciphertext: Bytes) -> None:
        """Hash the next piece of ciphertext."""
        self._keys.hash.update(ciphertext)

    def trailer(self) -> bytes:
        """Return the bytes after the data: the authentication code."""
        return self._keys.hash.digest()[:AUTHENTICATION_SIZE]


class ZipCryptoEncrypter:
    """Encrypts one member in the cipher of PKZIP 2, shown as `Padrão`, which anybody can break."""

    def __init__(self, password: bytes, check: int) -> None:
        self._keys = _cy_zipcrypto.initial_keys(password)
        self._check = check & 0xFF

    def header(self) -> bytearray:
        """Return the bytes before the data: random ones and the check byte that detects most wrong passwords; call it first."""
        return self.encrypt(os.urandom(HEADER_SIZE - 1) + bytes([self._check]))

    def encrypt(self, data: bytes) -> bytearray:
        """Return the ciphertext of `data`, the next piece."""
        ciphertext = bytearray(data)
        _cy_zipcrypto.encrypt(self._keys, ciphertext)
        return ciphertext

    def authenticate(self, ciphertext: Bytes) -> None:
        """Do nothing: this cipher does not authenticate."""

    def trailer(self) -> bytes:
        """Return no bytes: this cipher has no trailer."""
        return b""


class WrongKey(Exception):
    """The verifier of a member does not match the password: the password is wrong, or those bytes are damaged."""


class AesDecrypter:
    """Decrypts one member in WinZip AE-1 or AE-2."""

    def __init__(self, zinfo: aes.AESZipInfo, pwd: bytes, encryption_header: bytes) -> None:
        """Take the header before the data; pyzipper names the parameters. Raises `WrongKey`."""
        salt, verifier = encryption_header[:-2], encryption_header[-2:]
        self._keys = AesKeys(pwd, salt)
        if not hmac.compare_digest(self._keys.verifier, verifier):
            raise WrongKey

    def authenticate(self, ciphertext: Bytes) -> None:
        """Hash the next piece of ciphertext."""
        self._keys.hash.update(ciphertext)

    def decrypt(self, ciphertext: bytes) -> Bytes:
        """Return the plaintext of `ciphertext`, the next piece."""
        return self._keys.apply(ciphertext)

    def is_authentic(self, trailer: bytes) -> bool:
        """Return whether `trailer` is the authentication code of everything that was hashed."""
        return hmac.compare_digest(self._keys.hash.digest()[:AUTHENTICATION_SIZE], trailer)


class ZipCryptoDecrypter:
    """Decrypts one member in the cipher of PKZIP 2."""

    def __init__(self, zinfo: aes.AESZipInfo, pwd: bytes, encryption_header: bytes) -> None:
        """Take the header before the data. Raises `WrongKey`, for all but one in 256 wrong passwords."""
        self._keys = _cy_zipcrypto.initial_keys(pwd)
        check = zinfo._raw_time >> 8 if zinfo.use_datadescripter else zinfo.CRC >> 24
        if self.decrypt(encryption_header)[-1] != check & 0xFF:
            raise WrongKey

    def authenticate(self, ciphertext: Bytes) -> None:
        """Do nothing: this cipher does not authenticate."""

    def decrypt(self, ciphertext: bytes) -> bytearray:
        """Return the plaintext of `ciphertext`, the next piece."""
        plaintext = bytearray(ciphertext)
        _cy_zipcrypto.decrypt(self._keys, plaintext)
        return plaintext

    def is_authentic(self, trailer: bytes) -> bool:
        """Return whether there is no trailer; this cipher has none."""
        return not trailer
