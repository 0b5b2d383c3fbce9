"""Partial restores, with each trap that ENGINES.md lists."""

from __future__ import annotations

import pytest

from hctui.errors import ForeignKeysBroken, SchemaDrift, TableRefused

ROWIDS = """
CREATE TABLE notes (text TEXT); CREATE INDEX notes_text ON notes(text);
INSERT INTO notes(rowid, text) VALUES (5, 'a'), (70, 'b'), (900, 'c');
CREATE TABLE bare (text TEXT); INSERT INTO bare(rowid, text) VALUES (5, 'a'), (70, 'b');
CREATE TABLE taken (rowid TEXT, oid INTEGER); INSERT INTO taken(_rowid_, rowid, oid) VALUES (9, 'x', 1), (44, 'y', 2);
CREATE TABLE all_taken (rowid TEXT, oid TEXT, _rowid_ TEXT); INSERT INTO all_taken VALUES ('x', 'y', 'z');
"""
READ_ROWIDS = (
    "SELECT 'n', rowid, text FROM notes UNION ALL SELECT 'b', rowid, text FROM bare"
    " UNION ALL SELECT rowid, _rowid_, oid FROM taken UNION ALL SELECT rowid, oid, _rowid_ FROM all_taken"
)


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize("indexes", [True, False])
def test_rowids_without_a_column_stay(company, backing_up, restoring, leaving_out, whole, indexes):
    made = company(ROWIDS + "CREATE TABLE log_x (a)")
    then = made.ask(READ_ROWIDS)
    backup = backing_up(made.engine, leaving_out(indexes=indexes))
    made.run("DELETE FROM notes; DELETE FROM bare; DELETE FROM taken; DELETE FROM all_taken; INSERT INTO bare VALUES ('z')")
    restoring(made.engine, backup, ["notes", "bare", "taken", "all_taken"], whole=whole)
    assert made.ask(READ_ROWIDS) == then


def test_rowids_of_tables_that_stay_stay(company, backing_up, restoring):
    made = company(ROWIDS + "CREATE TABLE other (a)")
    then, backup = made.ask(READ_ROWIDS), backing_up(made.engine)
    restoring(made.engine, backup, ["other"])
    assert made.ask(READ_ROWIDS) == then


@pytest.mark.parametrize("whole", [True, False])
def test_counters_are_those_of_the_backup(company, backing_up, restoring, whole):
    made = company(
        "CREATE TABLE a (id INTEGER PRIMARY KEY AUTOINCREMENT, x); CREATE TABLE b (id INTEGER PRIMARY KEY AUTOINCREMENT);"
        "INSERT INTO a(id) VALUES (1), (2), (500); DELETE FROM a WHERE id = 500; INSERT INTO b VALUES (7)"
    )
    backup = backing_up(made.engine)
    made.run("INSERT INTO a(id) VALUES (9000); DELETE FROM b; INSERT INTO b VALUES (8000)")
    restoring(made.engine, backup, ["a"], whole=whole)
    assert dict(made.ask("SELECT * FROM sqlite_sequence")) == {"a": 500, "b": 8000}
    made.run("INSERT INTO a(x) VALUES (1)")
    assert made.ask("SELECT max(id) FROM a") == [(501,)]


def test_counter_of_a_table_that_is_made_again(company, backing_up, restoring, recorder):
    made = company(
        "CREATE TABLE a (id INTEGER PRIMARY KEY AUTOINCREMENT); INSERT INTO a VALUES (500); DELETE FROM a; CREATE TABLE z (a)"
    )
    backup = backing_up(made.engine)
    made.run("DROP TABLE a")
    restoring(made.engine, backup, ["a"], whole=False)
    assert made.ask("SELECT * FROM sqlite_sequence") == [("a", 500)]
    made.engine.undo(recorder())
    assert made.ask("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name") == [("sqlite_sequence",), ("z",)]


TRIGGERS = """
CREATE TABLE clients (id INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE orders (id INTEGER PRIMARY KEY, client INTEGER REFERENCES clients ON DELETE CASCADE ON UPDATE CASCADE);
CREATE TABLE audit (what TEXT);
CREATE TRIGGER gone AFTER DELETE ON clients BEGIN INSERT INTO audit VALUES ('gone ' || OLD.name); END;
CREATE TRIGGER come BEFORE INSERT ON clients BEGIN INSERT INTO audit VALUES ('come ' || NEW.name); END;
INSERT INTO clients VALUES (1, 'Ana'), (2, 'Bia'); INSERT INTO orders VALUES (1, 1), (2, 2); DELETE FROM audit;
"""


def test_triggers_and_cascades_are_silent(company, backing_up, restoring):
    made = company(TRIGGERS)
    backup = backing_up(made.engine)
    made.run("UPDATE clients SET name = 'x' WHERE id = 2; INSERT INTO orders VALUES (3, 1); DELETE FROM audit")
    triggers = made.ask("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' ORDER BY name")
    restoring(made.engine, backup, ["clients"], whole=False)
    assert made.ask("SELECT * FROM audit") == []
    assert made.ask("SELECT count(*) FROM orders") == [(3,)]
    assert made.ask("SELECT name FROM clients") == [("Ana",), ("Bia",)]
    assert made.ask("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' ORDER BY name") == triggers


def test_broken_foreign_keys_are_named_and_change_nothing(company, backing_up, restoring):
    made = company(TRIGGERS)
    backup = backing_up(made.engine)
    made.run("INSERT INTO clients VALUES (3, 'Caio'); INSERT INTO orders VALUES (7, 3), (8, 3)")
    before = made.dump()
    for whole, tables in ((False, ["clients"]), (True, ["clients", "audit"])):
        with pytest.raises(ForeignKeysBroken, match=r"orders → clients \(2\)"):
            restoring(made.engine, backup, tables, whole=whole)
        assert made.dump() == before
        assert made.beside() == ["empresa.db"]
    restoring(made.engine, backup, ["clients", "orders"], whole=False)
    assert made.ask("PRAGMA foreign_key_check") == []


@pytest.mark.parametrize("whole", [True, False])
def test_keys_that_were_broken_before_are_allowed(company, backing_up, restoring, whole):
    made = company(TRIGGERS + "INSERT INTO orders VALUES (50, 77)")
    backup = backing_up(made.engine)
    made.run("INSERT INTO orders VALUES (60, 78); DELETE FROM clients WHERE id = 2")
    restoring(made.engine, backup, ["clients"], whole=whole)
    assert made.ask("SELECT id FROM orders ORDER BY id") == [(1,), (2,), (50,), (60,)]
    restoring(made.engine, backup, ["orders"], whole=whole)
    assert made.ask("SELECT id FROM orders ORDER BY id") == [(1,), (2,), (50,)]


def test_parent_without_a_key_is_allowed(company, backing_up, restoring):
    made = company("CREATE TABLE p (a); CREATE TABLE c (b REFERENCES p(a)); INSERT INTO c VALUES (1)")
    backup = backing_up(made.engine)
    made.run("DELETE FROM c")
    restoring(made.engine, backup, ["c"], whole=False)
    assert made.ask("SELECT * FROM c") == [(1,)]


EVERY_KIND = """
CREATE TABLE generated (a INTEGER, b AS (a * 2), c INTEGER AS (a * 3) STORED, d TEXT);
CREATE TABLE without (k TEXT, n INTEGER, v BLOB, PRIMARY KEY (n, k)) WITHOUT ROWID;
CREATE TABLE strict (a INTEGER, b ANY, c BLOB) STRICT;
CREATE TABLE descending (id INTEGER PRIMARY KEY DESC, x);
CREATE TABLE typed (a, b TEXT, c REAL, d NUMERIC, e INT);
CREATE UNIQUE INDEX generated_c ON generated(c); CREATE INDEX generated_b ON generated(b) WHERE a > 1;
CREATE INDEX on_expression ON typed(lower(b), d DESC);
INSERT INTO generated(a, d) VALUES (1, 'x'), (2, NULL);
INSERT INTO without VALUES ('b', 1, x'00ff'), ('a', 2, NULL);
INSERT INTO strict VALUES (1, 'text', x'01'), (2, 2.5, NULL);
INSERT INTO descending(rowid, id, x) VALUES (10, 3, 'a'), (20, 1, 'b');
INSERT INTO typed VALUES (x'41', CAST(x'ff41' AS TEXT), 1e300, '12', 9223372036854775807), (NULL, '', -0.0, 'é', NULL);
"""
KINDS = ["generated", "without", "strict", "descending", "typed"]
READ_EVERY_KIND = [
    *(f"SELECT * FROM {name}" for name in KINDS if name != "typed"),
    "SELECT rowid, * FROM descending",
    "SELECT typeof(a), hex(a), typeof(b), hex(b), typeof(c), c, typeof(d), d, typeof(e), e FROM typed",
]


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize("dropped", [True, False])
def test_every_kind_of_table(company, backing_up, restoring, recorder, whole, dropped):
    made = company(EVERY_KIND + "CREATE TABLE other (a)")
    then, schema = [made.ask(each) for each in READ_EVERY_KIND], made.dump()
    backup = backing_up(made.engine)
    made.run("".join(f"{'DROP TABLE' if dropped else 'DELETE FROM'} {name};" for name in KINDS))
    changed = made.dump()
    restoring(made.engine, backup, KINDS, whole=whole)
    assert [made.ask(each) for each in READ_EVERY_KIND] == then
    assert made.dump() == schema
    assert made.whole()
    made.engine.undo(recorder())
    assert made.dump() == changed


ODD = [
    'with "quotes"',
    "with ' apostrophe",
    "with space",
    "select",
    "ação ☕",
    "dot.ted",
    "[brackets]",
    "semi;colon",
    "x" * 300,
]


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize("dropped", [True, False])
def test_odd_names(company, backing_up, restoring, leaving_out, whole, dropped):
    quoted = ['"' + name.replace('"', '""') + '"' for name in ODD]
    made = company(
        "".join(
            f"CREATE TABLE {q} ({q} TEXT, id INTEGER PRIMARY KEY AUTOINCREMENT);"
            f"CREATE INDEX \"i{n}\" ON {q} ({q}); INSERT INTO {q} VALUES ('x', 5);"
            f'CREATE VIEW "v{n}" AS SELECT * FROM {q}; CREATE TRIGGER "t{n}" AFTER UPDATE ON {q} BEGIN DELETE FROM {q}; END;'
            for n, q in enumerate(quoted)
        )
    )
    then = made.dump()
    backup = backing_up(made.engine, leaving_out(indexes=False))
    assert {table.name for table in backup.manifest.tables} == set(ODD)
    made.run("".join(f"{'DROP TABLE' if dropped else 'DELETE FROM'} {q};" for q in quoted))
    restoring(made.engine, backup, ODD, whole=whole)
    assert made.dump() == then


def test_names_are_compared_as_sqlite_does(company, backing_up, restoring):
    made = company(
        "CREATE TABLE Produtos (A TEXT); CREATE TABLE É (a); INSERT INTO Produtos VALUES (1); INSERT INTO É VALUES (1)"
    )
    backup = backing_up(made.engine)
    made.run("DROP TABLE Produtos; CREATE TABLE PRODUTOS (a TEXT); CREATE TABLE é (a); INSERT INTO é VALUES (2); DELETE FROM É")
    restoring(made.engine, backup, ["Produtos", "É"], whole=False)
    assert made.ask("SELECT * FROM produtos") == [("1",)]
    assert (made.ask("SELECT * FROM É"), made.ask("SELECT * FROM é")) == ([(1,)], [(2,)])


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("ALTER TABLE a ADD COLUMN extra", "extra"),
        ("ALTER TABLE a DROP COLUMN y", "y"),
        ("ALTER TABLE a RENAME COLUMN y TO z", "z"),
        ("DROP TABLE a; CREATE TABLE a (id INTEGER PRIMARY KEY, x INTEGER, y)", "column x"),
        ("DROP TABLE a; CREATE TABLE a (id INTEGER PRIMARY KEY, x TEXT, y AS (x))", "column y"),
        ("DROP TABLE a; CREATE TABLE a (id INTEGER, x TEXT, y)", "primary key"),
        ("DROP TABLE a; CREATE TABLE a (id INTEGER PRIMARY KEY, x TEXT, y) WITHOUT ROWID", "WITHOUT ROWID"),
        ("DROP TABLE a; CREATE TABLE a (id INTEGER PRIMARY KEY, x TEXT NOT NULL, y)", "NOT NULL"),
        ("DROP TABLE a; CREATE TABLE a (id INTEGER PRIMARY KEY, x TEXT UNIQUE ON CONFLICT IGNORE, y)", "1 of 3 rows"),
        ("DROP TABLE a; CREATE TABLE a (id INTEGER PRIMARY KEY, x TEXT, y CHECK (y < 2))", "CHECK"),
        ("DROP TABLE a; CREATE VIEW a AS SELECT 1", "view"),
    ],
)
def test_drift_is_found_before_anything_changes(company, backing_up, restoring, change, reason):
    made = company(
        "CREATE TABLE a (id INTEGER PRIMARY KEY, x TEXT, y); INSERT INTO a VALUES (1, 'x', 1), (2, 'x', 2), (3, NULL, 3)"
    )
    backup = backing_up(made.engine)
    made.run(change)
    before = made.dump()
    with pytest.raises(SchemaDrift, match=f"table a .*{reason}"):
        restoring(made.engine, backup, ["a"], whole=False)
    assert made.dump() == before
    assert made.beside() == ["empresa.db"]


def test_other_order_of_columns_is_no_drift(company, backing_up, restoring):
    made = company("CREATE TABLE a (x TEXT, y INTEGER); INSERT INTO a VALUES ('x', 1)")
    backup = backing_up(made.engine)
    made.run("DROP TABLE a; CREATE TABLE a (y INTEGER, X TEXT)")
    assert made.engine.conflicts(backup.manifest, ["a"]) == ()
    restoring(made.engine, backup, ["a"], whole=False)
    assert made.ask("SELECT x, y FROM a") == [("x", 1)]


def test_table_that_was_left_out_or_never_there_is_refused(company, backing_up, restoring, leaving_out):
    made = company("CREATE TABLE audit (a); INSERT INTO audit VALUES (1); CREATE TABLE b (c)")
    backup = backing_up(made.engine, leaving_out("audit"))
    for name in ("audit", "nowhere"):
        with pytest.raises(TableRefused, match=name):
            restoring(made.engine, backup, [name], whole=False)
        assert [message.values["table"] for message in made.engine.conflicts(backup.manifest, [name])] == [name]
    assert made.ask("SELECT * FROM audit") == [(1,)]


def test_indexes_made_since_stay_and_statistics_too(company, backing_up, restoring, recorder):
    made = company("CREATE TABLE a (x, y); CREATE INDEX ax ON a(x); INSERT INTO a VALUES (1, 2), (3, 4)")
    backup = backing_up(made.engine)
    made.run("CREATE INDEX ay ON a(y); CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT 1; END; DELETE FROM a; ANALYZE")
    before = made.dump()
    restoring(made.engine, backup, ["a"], whole=False)
    assert [row[0] for row in made.ask("SELECT name FROM sqlite_schema WHERE tbl_name = 'a' ORDER BY name")] == [
        "a",
        "ax",
        "ay",
        "t",
    ]
    assert made.whole()
    made.engine.undo(recorder())
    assert made.dump() == before


def test_partial_restore_to_an_empty_location(company, backing_up, restoring, recorder):
    made = company(
        "CREATE TABLE a (x); CREATE INDEX i ON a(x); INSERT INTO a VALUES (1);"
        "CREATE TABLE b (y); CREATE VIEW v AS SELECT * FROM b"
    )
    backup = backing_up(made.engine)
    made.path.unlink()
    restoring(made.engine, backup, ["a"], whole=False)
    assert made.ask("SELECT name FROM sqlite_schema ORDER BY name") == [("a",), ("i",)]
    assert made.ask("SELECT * FROM a") == [(1,)]
    made.engine.undo(recorder())
    assert not made.path.exists()
