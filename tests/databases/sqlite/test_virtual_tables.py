"""Virtual tables: each is one table with its shadow tables, or is refused by name."""

from __future__ import annotations

import sqlite3

import pytest

from hctui.databases.sqlite import schema
from hctui.errors import SchemaDrift, TableRefused
from hctui.model import Role

INDEXES = """
CREATE VIRTUAL TABLE five USING fts5(title, body);
CREATE VIRTUAL TABLE bare USING fts5(body, content='');
CREATE VIRTUAL TABLE four USING fts4(title, body);
CREATE VIRTUAL TABLE boxes USING rtree(id, left, right);
INSERT INTO five VALUES ('pão de queijo', 'farinha'), ('bolo', 'açúcar e ovos');
INSERT INTO bare(rowid, body) VALUES (7, 'sem texto guardado');
INSERT INTO four VALUES ('pão', 'trigo');
INSERT INTO boxes VALUES (1, 0, 10), (2, 5, 15);
"""
SEARCHES = [
    "SELECT rowid, * FROM five WHERE five MATCH 'acucar OR açúcar'",
    "SELECT rowid FROM bare WHERE bare MATCH 'guardado'",
    "SELECT rowid, * FROM four WHERE four MATCH 'trigo'",
    "SELECT id FROM boxes WHERE left > 1",
]
CHECKS = "INSERT INTO five(five) VALUES ('integrity-check'); INSERT INTO four(four) VALUES ('integrity-check');"
NAMES = ["five", "bare", "four", "boxes"]


def test_shadow_tables_are_inside_their_table(company):
    made = company(INDEXES + "CREATE TABLE five_stars (a)")
    listed = {table.name: table for table in made.engine.tables()}
    assert set(listed) == {*NAMES, "five_stars"}
    assert [listed[name].rows for name in NAMES] == [2, 1, 1, 2]
    assert listed["five"].columns == ("title", "body")
    assert all(listed[name].size > 8000 for name in NAMES)


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize("change", ["DELETE FROM five; DELETE FROM four; DELETE FROM boxes; DROP TABLE bare", "dropped"])
def test_indexes_come_back_with_their_shadows(company, backing_up, restoring, recorder, whole, change):
    made = company(INDEXES + "CREATE TABLE other (a)")
    then = [made.ask(search) for search in SEARCHES]
    backup = backing_up(made.engine)
    made.run("".join(f"DROP TABLE {name};" for name in NAMES) if change == "dropped" else change)
    changed = made.dump()
    outcome = restoring(made.engine, backup, NAMES, whole=whole)
    assert {table.name for table in outcome.tables} == set(NAMES)
    assert [made.ask(search) for search in SEARCHES] == then
    made.run(CHECKS)
    assert made.whole()
    made.engine.undo(recorder())
    assert made.dump() == changed


def test_indexes_that_stay_stay(company, backing_up, restoring):
    made = company(INDEXES + "CREATE TABLE other (a)")
    backup = backing_up(made.engine)
    made.run("INSERT INTO five VALUES ('novo', 'coisa'); DELETE FROM four; DELETE FROM boxes WHERE id = 1")
    then = [made.ask(search) for search in [*SEARCHES, "SELECT rowid FROM five WHERE five MATCH 'coisa'"]]
    restoring(made.engine, backup, ["other"])
    assert [made.ask(search) for search in [*SEARCHES, "SELECT rowid FROM five WHERE five MATCH 'coisa'"]] == then
    made.run(CHECKS)
    assert made.whole()


EXTERNAL = """
CREATE TABLE products (id INTEGER PRIMARY KEY, name TEXT);
CREATE VIRTUAL TABLE search USING fts5(name, content='products', content_rowid='id');
CREATE TRIGGER ai AFTER INSERT ON products BEGIN INSERT INTO search(rowid, name) VALUES (NEW.id, NEW.name); END;
CREATE TRIGGER ad AFTER DELETE ON products BEGIN
  INSERT INTO search(search, rowid, name) VALUES ('delete', OLD.id, OLD.name); END;
CREATE TABLE other (a);
INSERT INTO products VALUES (1, 'queijo'), (2, 'goiabada');
"""
EXTERNAL_CHANGE = "DELETE FROM products WHERE id = 1; INSERT INTO products VALUES (9, 'rapadura')"
EXTERNAL_CHECK = "INSERT INTO search(search, rank) VALUES ('integrity-check', 1)"


def found(made):
    return [
        word for word in ("queijo", "goiabada", "rapadura") if made.ask(f"SELECT 1 FROM search WHERE search MATCH '{word}'")
    ]


@pytest.mark.parametrize("tables", [["products"], ["products", "search"]])
@pytest.mark.parametrize("whole", [True, False])
def test_index_over_another_table_follows_its_text(company, backing_up, restoring, recorder, tables, whole):
    made = company(EXTERNAL)
    backup = backing_up(made.engine)
    made.run(EXTERNAL_CHANGE)
    restoring(made.engine, backup, tables, whole=whole)
    assert found(made) == ["queijo", "goiabada"]
    made.run(EXTERNAL_CHECK)
    made.engine.undo(recorder())
    assert found(made) == ["goiabada", "rapadura"]
    made.run(EXTERNAL_CHECK)


@pytest.mark.parametrize("whole", [True, False])
def test_index_whose_text_stays_is_rebuilt(company, backing_up, restoring, whole):
    made = company(EXTERNAL)
    backup = backing_up(made.engine)
    made.run(EXTERNAL_CHANGE)
    restoring(made.engine, backup, ["search", "other"], whole=whole)
    assert found(made) == ["goiabada", "rapadura"]
    made.run(EXTERNAL_CHECK)


def test_index_over_a_table_that_is_left_out_is_left_out(company, backing_up, leaving_out):
    made = company(EXTERNAL.replace("products", "audit"))
    backup = backing_up(made.engine, leaving_out("audit"))
    assert {table.name for table in backup.manifest.tables if table.left_out} == {"audit", "search"}
    assert not any(b"goiabada" in content for content in backup.parts.values())
    assert {table.name: table.role for table in made.engine.tables()}["search"] is Role.AUDIT


def test_other_definition_is_drift(company, backing_up, restoring):
    made = company("CREATE VIRTUAL TABLE s USING fts5(a); INSERT INTO s VALUES ('x')")
    backup = backing_up(made.engine)
    made.run("DROP TABLE s; CREATE VIRTUAL TABLE s USING fts5(a, prefix='2')")
    with pytest.raises(SchemaDrift, match="table s"):
        restoring(made.engine, backup, ["s"], whole=False)
    made.run("DROP TABLE s; CREATE TABLE s (a)")
    with pytest.raises(SchemaDrift, match="table s"):
        restoring(made.engine, backup, ["s"], whole=False)


def with_unknown_module(made):
    """Make a virtual table of a module that only another program has."""
    with made.connected() as connection:
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute(
            "INSERT INTO sqlite_schema(type, name, tbl_name, rootpage, sql)"
            " VALUES ('table', 'places', 'places', 0, 'CREATE VIRTUAL TABLE places USING spatial(a)')"
        )


def test_unknown_module_is_refused_by_name_and_kept_whole(company, backing_up, restoring, leaving_out):
    made = company("CREATE TABLE a (x); INSERT INTO a VALUES (1); CREATE TABLE audit (x); CREATE INDEX i ON a(x)")
    with_unknown_module(made)
    listed = {table.name: table for table in made.engine.tables()}
    assert listed["places"].rows is None
    backup = backing_up(made.engine)
    made.run("DELETE FROM a")
    with pytest.raises(TableRefused, match=r"table places .*no such module: spatial"):
        restoring(made.engine, backup, ["places"], whole=False)
    assert "spatial" in str(made.engine.conflicts(backup.manifest, ["places"])[0])
    restoring(made.engine, backup, ["a"], whole=False)
    assert made.ask("SELECT * FROM a") == [(1,)]
    made.run("DELETE FROM a")
    restoring(made.engine, backup, ["a", "places"])
    assert made.ask("SELECT * FROM a") == [(1,)]
    reduced = backing_up(made.engine, leaving_out("audit", indexes=False))
    assert {table.name for table in reduced.manifest.tables if table.left_out} == {"audit"}


def sorted_by_application(made):
    """Make an index with a sort order that only the application has."""
    with made.connected() as connection:
        connection.create_collation("PTBR", lambda a, b: (a > b) - (a < b))
        connection.executescript(
            "CREATE TABLE names (n TEXT COLLATE PTBR); CREATE INDEX names_n ON names(n); INSERT INTO names VALUES ('b'), ('a');"
            "CREATE TABLE other (x); INSERT INTO other VALUES (1)"
        )


def test_sort_order_that_only_the_application_has(company, backing_up, restoring):
    made = company()
    sorted_by_application(made)
    backup = backing_up(made.engine)
    assert {table.name: table.rows for table in backup.manifest.tables} == {"names": 2, "other": 1}
    made.run("DELETE FROM other")
    restoring(made.engine, backup, ["names", "other"])
    assert made.ask("SELECT * FROM other") == [(1,)]
    before = made.path.read_bytes()
    with pytest.raises(TableRefused, match=r"table names .*PTBR"):
        restoring(made.engine, backup, ["names"], whole=False)
    with pytest.raises(sqlite3.OperationalError):
        made.run("SELECT * FROM names ORDER BY n")
    made.run("DELETE FROM other")
    restoring(made.engine, backup, ["other"], whole=False)
    assert made.ask("SELECT * FROM other") == [(1,)]
    assert len(before) == made.path.stat().st_size


def test_older_sqlite_sees_the_same_tables(company, monkeypatch):
    made = company(
        INDEXES + "CREATE VIEW v AS SELECT 1; CREATE TABLE five_data_of_mine (a); CREATE TABLE x_data (a);"
        "CREATE TABLE w1 (k TEXT PRIMARY KEY) WITHOUT ROWID; CREATE TABLE w2 (a, b INTEGER PRIMARY KEY) WITHOUT ROWID;"
        "CREATE TABLE r1 (k TEXT PRIMARY KEY, u UNIQUE); CREATE TABLE r2 (id INTEGER PRIMARY KEY);"
        "CREATE TABLE r3 (a, UNIQUE(a))"
    )
    with made.connected() as connection:
        current = {each for each in schema.list_tables(connection, "main") if not each[0].startswith("sqlite_")}
        monkeypatch.setattr(schema.sqlite3, "sqlite_version_info", (3, 34, 1))
        without_pragma = {each for each in schema.list_tables(connection, "main") if not each[0].startswith("sqlite_")}
    assert {(name, kind) for name, kind, _ in without_pragma} == {(name, kind) for name, kind, _ in current}
    ordinary = {each for each in current if each[1] == "table"}
    assert ordinary == {each for each in without_pragma if each[1] == "table"}
