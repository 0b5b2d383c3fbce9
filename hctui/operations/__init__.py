"""The operations of hctui, without a user interface: they yield events; previews and listings return their results.

`async for event in backup(plan, configuration, password)`; `restore`, `verify`, `undo`, `files_backup` and `files_restore`
are called alike, and `run` takes any plan. The generators raise `HctuiError`. Closing one or cancelling its task stops the
work and leaves nothing incomplete.
"""

from hctui.operations.backup import backup
from hctui.operations.catalogue import delete_backup, existing_backups, last_backup, summary
from hctui.operations.dispatch import run
from hctui.operations.files_backup import files_backup
from hctui.operations.files_restore import files_restore
from hctui.operations.names import default_name, validate_name
from hctui.operations.preview import preview_backup, preview_files, preview_restore
from hctui.operations.restore import restore
from hctui.operations.results import (
    Action,
    BackupPreview,
    BackupSummary,
    Contents,
    DatabasePreview,
    FilesPreview,
    Problem,
    RestorePreview,
    TableComparison,
)
from hctui.operations.show import missing_password, show
from hctui.operations.undo import drop_undo, kept_undo, recover_all, undo
from hctui.operations.verify import verify

__all__ = [
    "Action",
    "BackupPreview",
    "BackupSummary",
    "Contents",
    "DatabasePreview",
    "FilesPreview",
    "Problem",
    "RestorePreview",
    "TableComparison",
    "backup",
    "default_name",
    "delete_backup",
    "drop_undo",
    "existing_backups",
    "files_backup",
    "files_restore",
    "kept_undo",
    "last_backup",
    "missing_password",
    "preview_backup",
    "preview_files",
    "preview_restore",
    "recover_all",
    "restore",
    "run",
    "show",
    "summary",
    "undo",
    "validate_name",
    "verify",
]
