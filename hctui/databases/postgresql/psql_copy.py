"""Reading of the rows of large tables through psql, which passes them on in blocks; psycopg creates an object for every row.

Measured on 300 MB of TPC-H at the lowest level of compression: a backup takes half as long.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg

from hctui.databases.postgresql.address import Address
from hctui.databases.postgresql.client_programs import environment, password_file
from hctui.databases.postgresql.connection import BLOCK
from hctui.databases.postgresql.errors import hctui_error
from hctui.disk.descriptors import widen_pipe
from hctui.errors import ConnectionLost, HctuiError

SMALLEST_TABLE = 4 << 20
"""Bytes of a table for which starting a program is worth its time."""
_SETTINGS = (
    "SET statement_timeout = 0; SET lock_timeout = 0; SET idle_in_transaction_session_timeout = 0; SET DateStyle = 'ISO, YMD';"
    " SET IntervalStyle = 'postgres'; SET extra_float_digits = 3; SET bytea_output = 'hex'; SET row_security = off;"
    " SET search_path = ''; SET synchronize_seqscans = off"
)
_NEWER_SETTINGS = (
    "DO $$ BEGIN PERFORM pg_catalog.set_config(name, '0', false) FROM pg_catalog.pg_settings"
    " WHERE name IN ('transaction_timeout', 'idle_session_timeout'); END $$"
)
"""Timeouts that only newer servers have; set in `DO`, because the output of a `SELECT` would be among the rows."""
_ERROR = re.compile(r"^\w+:  ([0-9A-Z]{5}): (.*)$", re.M)


def psql_of(pg_dump: str) -> str | None:
    """Return the psql in the folder of a pg_dump, None if there is none."""
    psql = Path(pg_dump).with_name("psql")
    return str(psql) if psql.is_file() else None


def copy_out(psql: str, address: Address, exported: str, encoding: str, statement: str) -> Iterator[bytes]:
    """Yield the rows of a `COPY … TO STDOUT` statement in an exported snapshot; closing the generator ends psql."""
    begin = ("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", f"SET TRANSACTION SNAPSHOT '{exported}'")
    statements = (*begin, _SETTINGS, _NEWER_SETTINGS, statement)
    command = [psql, "-XqAtw", f"--dbname={address.conninfo()}", "--set=ON_ERROR_STOP=1", "--set=VERBOSITY=verbose"]
    command += [argument for each in statements for argument in ("-c", each)]
    passfile = password_file(address)
    variables = {**environment(passfile), "PGCLIENTENCODING": encoding}
    try:
        with tempfile.TemporaryFile() as errors:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, env=variables)
            try:
                assert process.stdout is not None
                widen_pipe(process.stdout.fileno(), BLOCK)
                while block := process.stdout.read(BLOCK):
                    yield block
                if process.wait():
                    errors.seek(0)
                    raise _failure(errors.read().decode(errors="replace"), address)
            finally:
                process.kill()
                process.wait()
                assert process.stdout is not None
                process.stdout.close()
    finally:
        if passfile:
            Path(passfile).unlink(missing_ok=True)


def _failure(output: str, address: Address) -> HctuiError:
    found = _ERROR.search(output)
    if found is None:
        return ConnectionLost(alias=address.alias, reason=" ".join(output.split())[:300].rstrip(".") + ".")
    try:
        kind = psycopg.errors.lookup(found.group(1))
    except KeyError:
        kind = psycopg.DatabaseError
    return hctui_error(kind(found.group(2)), address)
