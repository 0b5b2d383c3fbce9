"""The disk: the only code that waits for it, locks files, makes working folders, names its errors and shows paths.

Nothing else in hctui imports `fcntl` or calls `os.fsync`, `os.fdatasync` or `os.sync`: an import contract and a test hold it.
"""
