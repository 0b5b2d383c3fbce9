from pyzipper.zipfile import BadZipFile as BadZipFile
from pyzipper.zipfile import ZipExtFile, ZipFile, ZipInfo

WZ_AES_V2: int
WZ_AES_VENDOR_ID: bytes
WZ_KEY_LENGTHS: dict[int, int]
WZ_SALT_LENGTHS: dict[int, int]

class AESZipInfo(ZipInfo):
    wz_aes_version: int | None
    wz_aes_vendor_id: bytes | None
    wz_aes_strength: int | None

    def decode_extra_wz_aes(self, ln: int, extra: bytes) -> None: ...
    def encode_local_header(self, *, extra: bytes, **kwargs: object) -> bytes: ...
    def encode_central_directory(self, *, extra_data: bytes, **kwargs: object) -> tuple[bytes, bytes, bytes]: ...

class AESZipExtFile(ZipExtFile): ...
class AESZipFile(ZipFile): ...
