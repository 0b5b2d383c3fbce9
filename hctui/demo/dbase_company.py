"""A demo company in a folder of dBase (Visual FoxPro) tables, with memo (.fpt) and compound index (.cdx) files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path

import dbflib

from hctui.demo.companies import CompanyRows

Record = dict[str, str | int | float | bytes | date]
Columns = Sequence[tuple[str, str]]

LOGBOOK = "apontamentos"
"""The table that the background writer appends to; it has no index, which the writer could not update."""
LOGBOOK_COLUMNS: Columns = (
    ("numero", "I"), ("produto", "I"), ("pecas", "I"), ("acumulado", "I"), ("turno", "C (8)"), ("ocorrencia", "M"),
)  # fmt: skip

_SUPPLIERS = (("codigo", "I"), ("nome", "C (50)"), ("cnpj", "C (18)"), ("cidade", "C (30)"), ("uf", "C (2)"),
              ("telefone", "C (16)"), ("email", "C (40)"))  # fmt: skip
_MATERIALS = (("codigo", "I"), ("descricao", "C (50)"), ("unidade", "C (4)"), ("custo", "N (14, 4)"), ("fornecedor", "I"),
              ("minimo", "N (8)"), ("atualizado", "C (19)"))  # fmt: skip
_GOODS = (("codigo", "I"), ("descricao", "C (60)"), ("grupo", "C (20)"), ("unidade", "C (4)"), ("preco", "N (12, 2)"),
          ("custo", "N (12, 2)"), ("ativo", "L"), ("alterado", "C (19)"), ("por", "C (12)"), ("ficha", "M"))  # fmt: skip
_FORMULAS = (("produto", "I"), ("materia", "I"), ("quantidade", "N (12, 3)"), ("perda", "N (5, 1)"))
_IMAGES = (("produto", "I"), ("formato", "C (12)"), ("imagem", "M"))
_CLIENTS = (("codigo", "I"), ("nome", "C (50)"), ("fantasia", "C (40)"), ("cnpj", "C (18)"), ("endereco", "C (50)"),
            ("cidade", "C (30)"), ("uf", "C (2)"), ("limite", "N (12, 2)"), ("obs", "M"))  # fmt: skip
_ORDERS = (("numero", "I"), ("cliente", "I"), ("emissao", "D"), ("situacao", "C (12)"), ("total", "N (14, 2)"))
_ITEMS = (("pedido", "I"), ("item", "I"), ("produto", "I"), ("quantidade", "N (8)"), ("preco", "N (12, 2)"))
_AUDIT = (("numero", "I"), ("momento", "C (19)"), ("usuario", "C (12)"), ("tabela", "C (20)"), ("chave", "C (10)"),
          ("operacao", "C (10)"), ("antes", "C (20)"), ("depois", "C (20)"))  # fmt: skip
_USERS = (("codigo", "I"), ("login", "C (12)"), ("nome", "C (40)"), ("senha", "C (64)"), ("perfil", "C (14)"))
_SETTINGS = (("chave", "C (30)"), ("valor", "C (60)"))


def create(folder: Path, rows: CompanyRows) -> None:
    """Create the tables of a company in `folder`, which must be empty."""
    orders, items = rows.orders_and_items()
    by_code: Mapping[str, str] = {"CODIGO": "codigo", "NOME": "UPPER(nome)"}
    for table, columns, records, indexes in (
        ("fornecedores", _SUPPLIERS, rows.suppliers(), by_code),
        ("materias_primas", _MATERIALS, rows.raw_materials(), {"CODIGO": "codigo", "DESCRICAO": "UPPER(descricao)"}),
        ("produtos", _GOODS, rows.goods(), {"CODIGO": "codigo", "DESCRICAO": "UPPER(descricao)", "GRUPO": "grupo"}),
        ("produtos_formula", _FORMULAS, rows.formulas(), {"PRODUTO": "produto"}),
        ("produtos_imagem", _IMAGES, rows.images(), {"PRODUTO": "produto"}),
        ("clientes", _CLIENTS, rows.clients(), by_code),
        ("pedidos", _ORDERS, ((*row[:2], date.fromisoformat(str(row[2])), *row[3:]) for row in orders), {"NUMERO": "numero"}),
        ("pedidos_itens", _ITEMS, items, {"PEDIDO": "pedido", "PRODUTO": "produto"}),
        ("auditoria", _AUDIT, rows.audit(), None),
        ("usuarios", _USERS, rows.users(), {"LOGIN": "login"}),
        ("configuracoes", _SETTINGS, rows.settings(), {"CHAVE": "chave"}),
        (LOGBOOK, LOGBOOK_COLUMNS, (), None),
    ):
        dbflib.create_dbf(str(folder / f"{table}.dbf"), columns, _records(columns, records), indexes)
    (folder / "leia.txt").write_text("Pasta de dados da Cerâmica do Sul.\n", encoding="utf-8")


def _records(columns: Columns, rows: Iterable[Sequence[str | int | float | bytes | date]]) -> Iterator[Record]:
    names = [name for name, _ in columns]
    return (dict(zip(names, row, strict=True)) for row in rows)
