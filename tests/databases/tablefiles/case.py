"""The sample folders of the contract: Visual FoxPro tables with memos and compound indexes, dBase III tables with memos."""

from __future__ import annotations

import shutil
import subprocess
import sys
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

import dbf
import dbflib
from dbfread import DBF

from hctui.model import Database, DatabaseManifest, PartKind, Role

_KEYS = {
    "produtos": {"CODIGO": "codigo", "NOME": {"key": "UPPER(nome)", "filter": "codigo > 5"}},
    "itens": {"CODIGO": "codigo"},
}
_ROWS = 300


class Case:
    """A small company in one folder, with a sub-folder."""

    names: ClassVar = {
        Role.DATA: "produtos",
        Role.IMAGES: "produtos_imagem",
        Role.AUDIT: "auditoria",
        Role.USERS: "cadastro/usuarios",
        Role.SETTINGS: "config",
    }
    other = "itens"
    has_foreign_keys = False
    columns_known = True
    drift_refused = False
    variants = ("foxpro", "dbase3")

    def __init__(self, folder: Path, variant: str = "foxpro") -> None:
        self.variant = variant
        self.root = folder / "empresa"
        self.database = Database("EMPRESA", "folder", str(self.root))

    def marker(self, role: Role) -> bytes:
        return f"MARKER-{role.value}-".encode()

    def create(self) -> None:
        for role, name in self.names.items():
            marked = self.marker(role).decode()
            self._make(name, [(number, f"{marked}{number:05}", f"nota {number}") for number in range(1, _ROWS + 1)])
        self._make(self.other, [(number, f"item {number}", "") for number in range(1, _ROWS + 1)])
        (self.root / "leia.txt").write_text("Empresa\n")

    def change(self) -> None:
        for number, name in enumerate([*self.names.values(), self.other]):
            rows = [(each, f"outro {each}", f"mudou {each}") for each in range(10, 200 + number)]
            self._make(name, rows)
        self._make("made_since", [(1, "novo", "")])

    def rows(self) -> Mapping[str, Sequence[Any]]:
        found = {}
        for path in sorted(self.root.rglob("*.dbf")):
            if not any(part.startswith(".") for part in path.relative_to(self.root).parts):
                name = path.relative_to(self.root).with_suffix("").as_posix()
                found[name] = [tuple(record.values()) for record in DBF(path, load=True)]
        return found

    def indexes(self) -> Sequence[Any]:
        found = []
        for name in sorted(self._keys()):
            tags = dbflib.read_cdx(str(self.root / f"{name}.cdx"))[0]
            assert all(tag["entries"] for tag in tags.values())
            found.append((name, tags))
        return found

    def add_column(self, table: str) -> None:
        rows = [tuple(record.values()) for record in DBF(self.root / f"{table}.dbf", load=True)]
        self._make(table, [(*row, "azul") for row in rows], cor=True)

    def damage(self) -> None:
        shutil.rmtree(self.root)
        self.root.mkdir()

    def damage_part(self, folder: Path, manifest: DatabaseManifest, table: str) -> None:
        path = next(part.path for part in manifest.parts if part.table == table and part.kind is PartKind.DATA)
        with (folder / path).open("r+b") as stream:
            stream.seek(4)
            stream.write(b"\xff\xff\0\0")

    def destroy(self) -> None:
        shutil.rmtree(self.root)

    @contextmanager
    def other_program(self) -> Iterator[int]:
        program = "import sys; file = open(sys.argv[1], 'r+b'); print(flush=True); sys.stdin.read()"
        command = [sys.executable, "-c", program, str(self.root / "itens.dbf")]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            process.stdout.readline()
            yield process.pid
            process.communicate()

    def leftovers(self) -> Sequence[str]:
        beside = [path for path in self.root.parent.iterdir() if path != self.root]
        inside = [path for path in self.root.glob(".hctui-*") if not path.name.startswith(".hctui-undo-")]
        return sorted(path.name for path in (*beside, *inside))

    def _keys(self) -> Mapping[str, Any]:
        return _KEYS if self.variant == "foxpro" else {}

    def _make(self, name: str, rows: Sequence[tuple[Any, ...]], *, cor: bool = False) -> None:
        path = self.root / f"{name}.dbf"
        path.parent.mkdir(parents=True, exist_ok=True)
        columns = ["codigo", "nome", "obs", *(["cor"] if cor else [])]
        if self.variant == "foxpro":
            kinds = ["I", "C (30)", "M", "C (10)"]
            named = [dict(zip(columns, row, strict=True)) for row in rows]
            dbflib.create_dbf(str(path), list(zip(columns, kinds, strict=False)), named, self._keys().get(name))
            return
        kinds = ["codigo N(10,0)", "nome C(30)", "obs M", "cor C(10)"]
        with warnings.catch_warnings(), dbf.Table(str(path), "; ".join(kinds[: len(columns)]), dbf_type="db3") as table:
            table.open(dbf.READ_WRITE)
            for row in rows:
                table.append(row)
