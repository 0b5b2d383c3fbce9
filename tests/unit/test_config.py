"""Tests of the configuration file: its keys, the errors for wrong ones, and how it is rewritten."""

from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path

import pytest
from msgspec import structs

from hctui.config import Configuration, find_path, require_named, state_folder, validate_alias
from hctui.errors import (
    AliasTaken,
    ConfigurationMissing,
    InvalidAlias,
    InvalidConfiguration,
    NewerConfiguration,
    NotWritable,
    ReadFailed,
    RefusedDatabase,
    UnknownDatabase,
    UnknownDestination,
)
from hctui.model import Database, Encryption, Level, Role, RolePattern, TableFormat
from hctui.plans import BackupPlan

FULL = """\
# the company's server
current = "HIPERCUSTO"
destination = "backups"   # on the other disk
language = "pt_BR"
theme = "dark"
staging = "/tmp/staging"
nice = 10

[backup]
encryption = "aes256" # always
level = "max"
images = false

[databases.HIPERCUSTO]
# made in 2011
engine = "sqlite"
location = "data/hipercusto.db"
before = "systemctl stop app"

[databases.HIPERCUSTO.roles]
"trilha*" = "audit"
"p?ram" = "settings"

[databases.filial-2]
engine = "folder"
location = "/srv/filial"
format = "ours"
reindex = "rebuild {table}"

[databases.Matriz]
engine = "postgresql"
location = "postgresql://server/matriz"

[formats.ours]
data = [".TAB"]
indexes = [".i??"]
ignored = ["*.LCK"]
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "conf" / "config.toml"


def write_and_load(path: Path, text: str) -> Configuration:
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return Configuration.load(path)


def test_every_key_is_read(path: Path) -> None:
    configuration = write_and_load(path, FULL)
    ours = TableFormat("ours", (".tab",), indexes=(".i??",), ignored=("*.LCK",))
    roles = (RolePattern("trilha*", Role.AUDIT), RolePattern("p?ram", Role.SETTINGS))
    assert configuration.databases == (
        Database("HIPERCUSTO", "sqlite", str(path.parent / "data/hipercusto.db"), roles, before="systemctl stop app"),
        Database("filial-2", "folder", "/srv/filial", format="ours", reindex="rebuild {table}", formats=(ours,)),
        Database("Matriz", "postgresql", "postgresql://server/matriz"),
    )
    assert configuration.current == "HIPERCUSTO"
    assert configuration.destination == path.parent / "backups"
    assert (configuration.language, configuration.theme, configuration.nice) == ("pt_BR", "dark", 10)
    assert configuration.staging == Path("/tmp/staging")
    assert configuration.backup == BackupPlan((), Path(), "", Encryption.AES256, Level.MAX, images=False)


def test_a_folder_that_looks_like_an_address_may_be_the_destination(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (path.parent / "sftp:").mkdir(parents=True)
    configuration = write_and_load(path, "destination = 'sftp:/host'")
    assert configuration.destination == path.parent / "sftp:" / "host"
    monkeypatch.chdir(path.parent.parent)
    with pytest.raises(UnknownDestination):
        configuration.set_destination(Path("sftp:/host"))
    assert "sftp:/host" in path.read_text()


def test_a_missing_file_is_an_empty_configuration_and_is_not_created(path: Path) -> None:
    configuration = Configuration.load(path)
    assert configuration.databases == () and configuration.current is None and configuration.destination is None
    assert not path.parent.exists()


def test_the_path_is_the_given_one_else_the_variable_else_the_platforms(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HCTUI_CONFIG", str(tmp_path / "a.toml"))
    assert find_path(tmp_path / "b.toml") == tmp_path / "b.toml"
    assert find_path() == tmp_path / "a.toml"
    monkeypatch.delenv("HCTUI_CONFIG")
    assert find_path().parts[-2:] == ("hctui", "config.toml")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("language = ", "not valid TOML"),
        ("curent = 'A'", "“curent” is not known; allowed here: version, current, destination"),
        ("current = 'A'", "“current” must be one of"),
        ("destination = 3", "“destination” must be there, a text"),
        ("destination = 'sftp://host/x'", "sftp://host/x is no folder, and “sftp” is no kind of destination"),
        ("language = 'de'", "“language” must be one of: en, pt_BR."),
        ("theme = 'pink'", "“theme” must be one of: dark, light."),
        ("nice = 20", "“nice” must be a whole number from 0 to 19."),
        ("nice = true", "“nice” must be a whole number"),
        ("databases = 3", "“databases” must be a table, [databases]."),
        ("backup.level = 'best'", "“backup.level” must be one of: max, medium, min, none."),
        ("backup.encryption = 'rot13'", "“backup.encryption” must be one of: none, zipcrypto, aes128, aes192, aes256."),
        ("backup.audit = 'yes'", "“backup.audit” must be true or false."),
        ("backup.databases = []", "“backup.databases” is not known"),
    ],
)
def test_the_error_for_a_bad_value_names_the_key_and_the_file(path: Path, text: str, reason: str) -> None:
    with pytest.raises(InvalidConfiguration) as caught:
        write_and_load(path, text)
    assert reason in str(caught.value)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("databases.A = 3", "“databases.A” must be a table"),
        ("[databases.'a b']\nengine='sqlite'\nlocation='x'", "“a b” is no valid database name"),
        ("[databases.A]\nlocation='x'", "“databases.A.engine” must be there"),
        ("[databases.A]\nengine='oracle'\nlocation='x'", "“databases.A.engine” must be one of: sqlite, folder, postgresql"),
        ("[databases.A]\nengine='sqlite'", "“databases.A.location” must be there"),
        ("[databases.A]\nengine='sqlite'\nlocation=''", "“databases.A.location” must be there"),
        (
            "[databases.A]\nengine='sqlite'\nlocation='x'\nreindex='y'",
            "“databases.A.reindex” is no setting of the engine sqlite.",
        ),
        (
            "[databases.A]\nengine='sqlite'\nlocation='x'\nformat='y'",
            "“databases.A.format” is no setting of the engine",
        ),
        ("[databases.A]\nengine='sqlite'\nlocation='x'\npath='y'", "“databases.A.path” is not known"),
        ("[databases.A]\nengine='sqlite'\nlocation='x'\nroles={x='boss'}", "“databases.A.roles.x” must be one of: data, audit"),
        (
            "[databases.A]\nengine='sqlite'\nlocation='x'\n[databases.a]\nengine='sqlite'\nlocation='y'",
            "“databases.a” is there twice; capitals make no difference",
        ),
        ("[databases.A]\nengine='folder'\nlocation='x'\n[formats.x]", "“formats.x.data” must be a list"),
        ("[databases.A]\nengine='folder'\nlocation='x'\n[formats.x]\ndata='.dat'", "“formats.x.data” must be a list"),
        ("[databases.A]\nengine='folder'\nlocation='x'\n[formats.x]\ndata=['dat']", "“formats.x.data” must hold extensions"),
    ],
)
def test_a_bad_value_in_the_table_of_a_database_refuses_that_database_alone(path: Path, text: str, reason: str) -> None:
    configuration = write_and_load(path, f"{text}\n[databases.OTHER]\nengine='sqlite'\nlocation='y'")
    assert [database.alias for database in configuration.databases] == ["OTHER"] and configuration.current == "OTHER"
    assert reason in " ".join(map(str, configuration.refused.values()))
    for alias in configuration.refused:
        with pytest.raises(RefusedDatabase) as caught:
            configuration.database(alias)
        assert str(configuration.refused[alias]) in str(caught.value) and str(path) in str(caught.value)


def test_a_wrong_format_refuses_the_databases_that_may_be_of_it(path: Path) -> None:
    folders = "".join(f"[databases.{name}]\nengine = 'folder'\nlocation = 'x'\n{more}" for name, more in (
        ("DETECTED", ""), ("NAMED", "format = 'x'\n"), ("OTHER", "format = 'dbase'\n")))  # fmt: skip
    configuration = write_and_load(path, folders + "[formats.x]\ndata = []\n")
    assert list(configuration.refused) == ["DETECTED", "NAMED"]
    assert configuration.database("other").format == "dbase"


def test_a_refused_database_keeps_its_name_can_be_current_and_be_removed(path: Path) -> None:
    configuration = write_and_load(path, "current = 'b'\n[databases.A]\nengine='sqlite'\nlocation='x'\n[databases.B]\nx=1\n")
    assert configuration.current == "B" and configuration.aliases == ("A", "B")
    with pytest.raises(AliasTaken):
        configuration.add(Database("b", "sqlite", "/y"))
    with pytest.raises(RefusedDatabase):
        configuration.use("B")
    with pytest.raises(UnknownDatabase, match="Registered: A, B"):
        configuration.database("C")
    configuration.add(Database("C", "sqlite", "/y"))
    configuration.remove("b")
    assert configuration.aliases == ("A", "C") and configuration.current == "A"


def test_every_problem_is_found(path: Path) -> None:
    path.parent.mkdir()
    path.write_text("theme = 3\nnice = 99\n[backup]\naudit = 1\n[databases.A]\nengine='x'\nlocation='y'\nroles = 1\n")
    keys = [problem.key for problem in Configuration(path=path).problems()]
    assert keys == ["theme", "nice", "backup.audit", "databases.A.roles"]


def test_a_file_that_is_not_text_or_not_a_file_raises_one_error(path: Path) -> None:
    path.mkdir(parents=True)
    with pytest.raises(ReadFailed):
        Configuration.load(path)
    path.rmdir()
    path.write_bytes(b"language = '\xe9'")
    with pytest.raises(ReadFailed, match="UTF-8"):
        Configuration.load(path)


def test_each_change_is_saved_with_mode_0600_and_the_next_load_has_it(path: Path, tmp_path: Path) -> None:
    configuration = Configuration.load(path)
    configuration.add(Database("A", "sqlite", "/srv/a.db", (RolePattern("x*", Role.AUDIT),), after="echo"))
    configuration.add(Database("B", "folder", "/srv/b", format="dbase"))
    configuration.use("b")
    configuration.set_destination(tmp_path)
    configuration.set_language("en")
    configuration.set_theme("light")
    assert Configuration.load(path) == configuration
    assert configuration.current == "B" and configuration.destination == tmp_path
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    configuration.set_destination(None)
    assert Configuration.load(path).destination is None


def test_comments_order_and_relative_paths_survive_a_rewrite(path: Path) -> None:
    configuration = write_and_load(path, FULL)
    changed = structs.replace(configuration.database("hipercusto"), after="systemctl start app")
    configuration.replace("HIPERCUSTO", changed)
    configuration.set_theme("light")
    expected = FULL.replace('theme = "dark"', 'theme = "light"')
    expected = expected.replace('stop app"\n', 'stop app"\nafter = "systemctl start app"\n')
    assert path.read_text().split("\n") == ["version = 1", "", *expected.split("\n")]


def test_an_older_file_is_read_and_the_first_change_keeps_a_copy_of_it(path: Path) -> None:
    configuration = write_and_load(path, FULL)
    assert path.read_text() == FULL
    configuration.set_theme("light")
    copy = path.with_name("config.toml.v0")
    assert copy.read_text() == FULL and stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert path.read_text().startswith("version = 1\n")
    copy.unlink()
    configuration.set_theme("dark")
    assert not copy.exists() and path.read_text().count("version") == 1


def test_a_new_file_has_the_version_and_no_copy(path: Path) -> None:
    Configuration.load(path).set_theme("dark")
    assert path.read_text() == 'version = 1\ntheme = "dark"\n'
    assert sorted(each.name for each in path.parent.iterdir()) == [".config.toml.lock", "config.toml"]


def test_a_newer_file_is_refused_and_left_as_it_is(path: Path) -> None:
    path.parent.mkdir()
    path.write_text("version = 2\nlater = true\n")
    for change in (lambda: Configuration.load(path), lambda: Configuration(path=path).set_theme("dark")):
        with pytest.raises(NewerConfiguration, match=r"newer hctui .version 2; this one reads up to 1.*Update hctui"):
            change()
    assert path.read_text() == "version = 2\nlater = true\n"
    path.write_text("version = 'x'")
    with pytest.raises(InvalidConfiguration, match="“version” must be a whole number from 0 to 1"):
        Configuration.load(path)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_a_file_from_windows_is_read_and_its_lines_end_as_before(path: Path, encoding: str, line_end: str) -> None:
    text = "# São João\ndestination = 'cópias'\n".replace("\n", line_end)
    path.parent.mkdir()
    path.write_bytes(text.encode(encoding))
    configuration = Configuration.load(path)
    assert configuration.destination == path.parent / "cópias"
    configuration.set_theme("dark")
    assert path.with_name("config.toml.v0").read_bytes() == text.encode(encoding)
    expected = f'version = 1\n\n{text}theme = "dark"\n'.replace("\r\n", "\n").replace("\n", line_end)
    assert path.read_bytes() == expected.encode()


def test_a_named_file_must_be_there(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HCTUI_CONFIG", raising=False)
    require_named()
    monkeypatch.setenv("HCTUI_CONFIG", str(path))
    for given in (None, path):
        with pytest.raises(ConfigurationMissing, match=str(path)):
            require_named(given)
    Configuration.load(path).set_theme("dark")
    require_named()


def test_a_database_can_get_new_roles_and_a_new_name(path: Path) -> None:
    configuration = write_and_load(path, FULL)
    old = configuration.database("HIPERCUSTO")
    configuration.replace("HIPERCUSTO", structs.replace(old, alias="Sede", roles=(RolePattern("ü*", Role.USERS),)))
    again = Configuration.load(path)
    assert again.current == "Sede"
    assert again.database("sede") == structs.replace(old, alias="Sede", roles=(RolePattern("ü*", Role.USERS),))
    assert "# made in 2011" in path.read_text()
    configuration.replace("Sede", structs.replace(again.database("Sede"), alias="SEDE", roles=()))
    assert Configuration.load(path).database("SEDE").roles == ()
    with pytest.raises(AliasTaken):
        configuration.replace("SEDE", structs.replace(old, alias="matriz"))


def test_removing_a_database_keeps_its_files(path: Path, tmp_path: Path) -> None:
    data = tmp_path / "a.db"
    data.write_bytes(b"rows")
    configuration = Configuration.load(path)
    configuration.add(Database("A", "sqlite", str(data)))
    configuration.add(Database("B", "sqlite", str(data)))
    configuration.use("A")
    configuration.remove("a")
    assert [database.alias for database in Configuration.load(path).databases] == ["B"]
    assert configuration.current == "B"
    assert data.read_bytes() == b"rows"
    with pytest.raises(UnknownDatabase, match="Registered: B"):
        configuration.remove("A")
    configuration.remove("B")
    with pytest.raises(UnknownDatabase, match="none yet"):
        configuration.database("B")


def test_upper_and_lower_case_of_an_alias_are_the_same(path: Path) -> None:
    configuration = Configuration.load(path)
    configuration.add(Database("Filial", "sqlite", "/x"))
    with pytest.raises(AliasTaken):
        configuration.add(Database("FILIAL", "sqlite", "/y"))
    assert configuration.database("filial").alias == "Filial"


@pytest.mark.parametrize("alias", ["", "a b", "ação", "a/b", "..", "a.b", "x" * 65, "a\n", "٣"])
def test_an_alias_has_only_ascii_letters_digits_underscores_and_hyphens(alias: str, path: Path) -> None:
    with pytest.raises(InvalidAlias):
        validate_alias(alias)
    with pytest.raises(InvalidAlias):
        Configuration.load(path).add(Database(alias, "sqlite", "/x"))


def test_a_valid_alias_is_returned() -> None:
    assert validate_alias("Filial_2-Sul") == "Filial_2-Sul"
    assert validate_alias("x" * 64) == "x" * 64


def test_a_refused_change_leaves_the_file_and_the_configuration_unchanged(path: Path) -> None:
    configuration = write_and_load(path, FULL)
    with pytest.raises(InvalidConfiguration):
        configuration.set_language("de")
    assert path.read_text() == FULL
    assert configuration.language == "pt_BR"


def test_a_relative_location_that_is_added_is_relative_to_the_current_folder(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Configuration.load(path).add(Database("A", "sqlite", "a.db"))
    assert Configuration.load(path).database("A").location == str(tmp_path / "a.db")


def test_a_link_to_the_file_stays_a_link(path: Path, tmp_path: Path) -> None:
    real = tmp_path / "real.toml"
    real.write_text(FULL)
    path.parent.mkdir()
    path.symlink_to(real)
    Configuration.load(path).set_theme("light")
    assert path.is_symlink()
    assert 'theme = "light"' in real.read_text()


ADD_MANY = """
import sys
from pathlib import Path
from hctui.config import Configuration
from hctui.model import Database
for number in range(10):
    Configuration.load(Path(sys.argv[1])).add(Database(sys.argv[2] + str(number), "sqlite", "/x"))
"""


def test_processes_that_write_at_the_same_time_lose_no_change(path: Path) -> None:
    processes = [subprocess.Popen([sys.executable, "-c", ADD_MANY, str(path), prefix]) for prefix in "abc"]
    assert [process.wait() for process in processes] == [0, 0, 0]
    assert len(Configuration.load(path).databases) == 30
    assert [entry.name for entry in path.parent.iterdir() if entry.suffix == ".part"] == []


def test_the_state_folder_is_private(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HCTUI_STATE", str(tmp_path / "a" / "state"))
    assert state_folder() == tmp_path / "a" / "state"
    assert stat.S_IMODE(state_folder().stat().st_mode) == 0o700
    (tmp_path / "file").touch()
    monkeypatch.setenv("HCTUI_STATE", str(tmp_path / "file" / "state"))
    with pytest.raises(NotWritable):
        state_folder()


def test_lost_write_permission_raises_our_error(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither can the new file be renamed nor what was written of it be deleted."""
    from hctui.config import locked_file

    path.parent.mkdir(exist_ok=True)

    def refuse(*arguments: object, **more: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("os.replace", refuse)
    real = Path.unlink
    monkeypatch.setattr(Path, "unlink", lambda self, missing_ok=False: refuse() if self.exists() else real(self, missing_ok))
    with pytest.raises(NotWritable):
        locked_file.write(path, "a = 1")


def test_a_lock_that_fails_raises_our_error(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from hctui.config import locked_file
    from hctui.errors import NotWritable

    def refuse(*arguments: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("fcntl.flock", refuse)
    with pytest.raises(NotWritable), locked_file.lock(path):
        pass


def test_a_database_with_a_setting_of_another_engine_is_not_registered(path: Path) -> None:
    configuration = Configuration.load(path)
    with pytest.raises(InvalidConfiguration, match=r"“databases\.A\.format” is no setting of the engine sqlite"):
        configuration.add(Database("A", "sqlite", "/srv/a.db", format="dbase"))
    assert configuration.databases == () and not path.exists()
