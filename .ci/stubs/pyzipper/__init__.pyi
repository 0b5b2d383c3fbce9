"""Types of what hctui uses of pyzipper, which ships none, as mypy reads them; they are not part of the package hctui."""

from pyzipper.zipfile import ZIP_DEFLATED as ZIP_DEFLATED
from pyzipper.zipfile import ZIP_STORED as ZIP_STORED
from pyzipper.zipfile import BadZipFile as BadZipFile
