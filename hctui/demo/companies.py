"""The three demo companies and their rows, which are the same in every demo."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import product
from random import Random

from msgspec import Struct

from hctui.demo import sample_words
from hctui.demo.pictures import picture

Row = tuple[str | int | float | bytes, ...]

EPOCH = datetime(2026, 1, 5, 8, 0)
"""The first working day in the data."""
WAREHOUSES = (1, 2)
STOCK = 1000
"""Pieces of each product in each warehouse on that day; goods only move between warehouses, so the sum never changes."""


class Company(Struct, frozen=True):
    """A company: its names, its goods, and the amount of its data."""

    alias: str
    name: str
    folder: str
    file: str
    """File name of its SQLite database; empty where it is a folder of dBase tables."""
    products: tuple[str, ...]
    materials: tuple[str, ...]
    steps: tuple[str, ...]
    seed: int
    size: int
    """Number of products; the other tables follow from it."""
    journal: str = ""
    """SQLite journal mode."""


COMPANIES = (
    Company(
        "PAO_DE_OURO", "Panificadora Pão de Ouro Ltda.", "pao_de_ouro", "pao_de_ouro.db", *sample_words.BAKERY, 11, 4000, "wal"
    ),
    Company(
        "MOVEIS_DA_SERRA", "Móveis da Serra S.A.", "moveis_da_serra", "moveis.db", *sample_words.FURNITURE, 22, 2000, "delete"
    ),
    Company("CERAMICA_DO_SUL", "Cerâmica do Sul ME", "ceramica_do_sul", "", *sample_words.CERAMICS, 33, 2500),
)


class CompanyRows:
    """The rows of one company, generated table by table; no table depends on the order in which they are generated."""

    def __init__(self, company: Company, scale: float) -> None:
        """Use `scale` 1 for the demo that a person sees; tests use less."""
        self.company = company
        self.products = max(40, int(company.size * scale))
        self.materials = max(24, self.products // 3)
        self.customers = self.products * 3 // 2
        self.orders = self.products * 2
        self.pictures = self.products // 8

    def _random(self, table: str) -> Random:
        return Random(f"{self.company.seed} {table}")

    def suppliers(self) -> Iterator[Row]:
        """Yield code, name, CNPJ, city, state, telephone, e-mail."""
        random = self._random("fornecedores")
        for code in range(1, self.products // 12 + 2):
            city, state = random.choice(sample_words.CITIES)
            surname = random.choice(sample_words.LAST_NAMES)
            yield (code, f"{surname} {random.choice(sample_words.BUSINESSES)} {random.choice(sample_words.LEGAL_FORMS)}",
                   _cnpj(random), city, state, _telephone(random), f"vendas{code}@fornecedor{code}.example")  # fmt: skip

    def raw_materials(self) -> Iterator[Row]:
        """Yield code, description, unit, cost, supplier, least stock, date."""
        random = self._random("materias_primas")
        names = product(range(1, 10_000), self.company.materials)
        for code, (kind, name) in zip(range(1, self.materials + 1), names, strict=False):
            cost = round(random.lognormvariate(2, 1), 4)
            yield (code, f"{name} tipo {kind}", random.choice(sample_words.UNITS), cost,
                   random.randint(1, self.products // 12 + 1), random.randint(5, 500), _moment(random))  # fmt: skip

    def goods(self) -> Iterator[Row]:
        """Yield code, description, group, unit, price, cost, active, last change, by whom, how it is made."""
        random = self._random("produtos")
        names = product(range(1, 10_000), sample_words.FINISHES, self.company.products)
        for code, (kind, finish, name) in zip(range(1, self.products + 1), names, strict=False):
            cost = round(random.lognormvariate(3, 0.8), 2)
            recipe = " ".join(random.sample(self.company.steps, 4))
            yield (code, f"{name} {finish} nº {kind}", name.split()[0], random.choice(sample_words.UNITS),
                   round(cost * 1.62, 2), cost, int(random.random() < 0.95), _moment(random),
                   f"usuario{random.randint(1, 9)}", recipe)  # fmt: skip

    def formulas(self) -> Iterator[Row]:
        """Yield product, raw material, quantity, loss in per cent."""
        random = self._random("produtos_formula")
        for code in range(1, self.products + 1):
            for material in sorted(random.sample(range(1, self.materials + 1), random.randint(3, 8))):
                yield code, material, round(random.uniform(0.01, 12), 3), round(random.uniform(0, 5), 1)

    def images(self) -> Iterator[Row]:
        """Yield product, kind, picture."""
        random = self._random("produtos_imagem")
        for code in sorted(random.sample(range(1, self.products + 1), self.pictures)):
            yield code, "image/png", picture(random)

    def clients(self) -> Iterator[Row]:
        """Yield code, name, trading name, CNPJ, address, city, state, credit limit, notes."""
        random = self._random("clientes")
        for code in range(1, self.customers + 1):
            first, last = random.choice(sample_words.FIRST_NAMES), random.choice(sample_words.LAST_NAMES)
            business = random.choice(sample_words.BUSINESSES)
            city, state = random.choice(sample_words.CITIES)
            notes = random.choice(sample_words.NOTES) if random.random() < 0.4 else ""
            yield (code, f"{first} {last} {random.choice(sample_words.LEGAL_FORMS)}", f"{business} {last}", _cnpj(random),
                   f"{random.choice(sample_words.STREETS)}, {random.randint(1, 4000)}", city, state,
                   float(random.randrange(500, 80_000, 250)), notes)  # fmt: skip

    def orders_and_items(self) -> tuple[list[Row], list[Row]]:
        """Return the orders (number, client, day, state, total) and their items (order, item, product, quantity, price)."""
        random = self._random("pedidos")
        orders: list[Row] = []
        items: list[Row] = []
        for number in range(1, self.orders + 1):
            lines = [(random.randint(1, self.products), random.randint(1, 60), round(random.lognormvariate(3.4, 0.7), 2))
                     for _ in range(random.randint(1, 5))]  # fmt: skip
            items += ((number, line, *values) for line, values in enumerate(lines, 1))
            total = round(sum(quantity * price for _, quantity, price in lines), 2)
            orders.append((number, random.randint(1, self.customers), _moment(random)[:10],
                           random.choice(sample_words.STATES_OF_ORDERS), total))  # fmt: skip
        return orders, items

    def stocks(self) -> Iterator[Row]:
        """Yield product, warehouse, quantity."""
        yield from ((code, warehouse, STOCK) for code in range(1, self.products + 1) for warehouse in WAREHOUSES)

    def audit(self) -> Iterator[Row]:
        """Yield number, moment, user, table, key, operation, before, after."""
        random = self._random("auditoria")
        for number in range(1, self.products * 2 + 1):
            before = round(random.lognormvariate(3, 0.8), 2)
            yield (number, _moment(random), f"usuario{random.randint(1, 9)}", "produtos", str(random.randint(1, self.products)),
                   "preço", f"{before:.2f}", f"{before * 1.04:.2f}")  # fmt: skip

    def users(self) -> Iterator[Row]:
        """Yield code, login, name, hash of the password, profile."""
        random = self._random("usuarios")
        for code in range(1, 10):
            name = f"{random.choice(sample_words.FIRST_NAMES)} {random.choice(sample_words.LAST_NAMES)}"
            secret = hashlib.sha256(f"{self.company.seed}{code}".encode()).hexdigest()
            yield code, f"usuario{code}", name, secret, sample_words.PROFILES[code % len(sample_words.PROFILES)]

    def settings(self) -> Iterator[Row]:
        """Yield key, value."""
        yield from (
            ("casas_decimais", "2"),
            ("empresa", self.company.name),
            ("icms_percentual", "18,0"),
            ("mao_de_obra_hora", "31,75"),
            ("margem_padrao", "62"),
            ("método_de_custeio", "absorção"),
        )


def _moment(random: Random) -> str:
    return (EPOCH + timedelta(minutes=random.randrange(300 * 24 * 60))).isoformat(sep=" ", timespec="seconds")


def _telephone(random: Random) -> str:
    return f"({random.randint(11, 99)}) 9{random.randint(1000, 9999)}-{random.randint(1000, 9999)}"


def _cnpj(random: Random) -> str:
    """Return a number in the form of a CNPJ with wrong check digits, so that no company has it."""
    digits = f"{random.randrange(10**8):08d}0001"
    wrong = (_check_digits(digits) + 1) % 100
    return f"{digits[:2]}.{digits[2:5]}.{digits[5:8]}/{digits[8:]}-{wrong:02d}"


def _check_digits(digits: str) -> int:
    for _ in range(2):
        weights = [2 + position % 8 for position in range(len(digits))]
        rest = sum(int(digit) * weight for digit, weight in zip(reversed(digits), weights, strict=True)) % 11
        digits += str(0 if rest < 2 else 11 - rest)
    return int(digits[-2:])
