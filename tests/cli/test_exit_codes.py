"""Each exit code from a real command; with `--json` a failure is an event with the same code too."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from waiting import PATIENCE, wait_until

from hctui.cli import crash, entry
from hctui.codec import decode_event
from hctui.config import Configuration
from hctui.demo.server import DemoServer
from hctui.demo.workload import background_writes
from hctui.events import Done, Failed
from hctui.jobs import jobs


@pytest.fixture
def backup(hctui, server: DemoServer, tmp_path: Path) -> Path:
    """Return an encrypted backup of the bakery."""
    (tmp_path / "right").write_text("certa\n")
    (tmp_path / "wrong").write_text("errada\n")
    made = hctui("backup", "--name", "b", "--encrypt", "aes256", "--password-file", tmp_path / "right")
    assert made.code == 0
    return server.backups / "b.bkb"


@pytest.mark.parametrize(
    ("code", "error", "command"),
    [
        (1, "already-exists", "backup --name b"),
        (1, "not-a-backup", "verify {folder}/right"),
        (1, "nothing-to-undo", "undo --yes"),
        (2, "usage-error", "frob"),
        (2, "usage-error", "backup --frob"),
        (2, "usage-error", "backup --level huge"),
        (2, "usage-error", "verify"),
        (2, "needs-confirmation", "restore {backup}"),
        (2, "unknown-table", "restore {plain} --tables none --yes"),
        (10, "file-missing", "verify {folder}/none.bkb"),
        (10, "file-missing", "show {folder}/none/none.bkb"),
        (10, "file-missing", "verify {backup} --password-file {folder}/none"),
        (10, "file-missing", "files backup {folder}/none --to {folder}"),
        (10, "destination-missing", "backup --to {folder}/none"),
        (10, "unknown-database", "backup --database NOPE"),
        (10, "unknown-database", "restore {plain} --database NOPE --yes"),
        (12, "wrong-password", "verify {backup} --password-file {folder}/wrong"),
        (12, "wrong-password", "show {backup} --password-file {folder}/wrong"),
        (12, "password-needed", "restore {backup} --yes"),
    ],
)
def test_a_failure_has_its_code_in_words_and_in_json(
    hctui, backup: Path, tmp_path: Path, code: int, error: str, command: str
) -> None:
    hctui("backup", "--name", "plain")
    arguments = command.format(folder=tmp_path, backup=backup, plain=backup.with_name("plain.bkb")).split()
    ran = hctui(*arguments)
    assert ran.code == code and "kind" not in ran.out
    as_json = hctui(*arguments, "--json")
    *_earlier, last = [decode_event(line) for line in as_json.out.splitlines()]
    assert isinstance(last, Failed) and (last.error, last.exit_code) == (error, code)
    assert as_json.code == code and as_json.sentence == ran.err.splitlines()[-1].removeprefix("hctui: ")


def test_a_failure_before_the_job_is_one_line(hctui, backup: Path, tmp_path: Path) -> None:
    for arguments in (("frob",), ("verify",), ("verify", tmp_path / "none.bkb"), ("show", tmp_path / "none.bkb")):
        assert len(hctui(*arguments, "--json").out.splitlines()) == 1
    assert hctui("verify", "--", "--json").out == ""


def test_done_is_0_and_less_than_asked_for_is_3(hctui, tmp_path: Path) -> None:
    (tmp_path / "a").write_text("x")
    assert hctui("files", "backup", tmp_path / "a", "--to", tmp_path, "--name", "f").code == 0
    (tmp_path / "out").mkdir()
    command = ("files", "restore", tmp_path / "f.bkb", "--to", tmp_path / "out", "--json")
    assert hctui(*command).code == 0
    again = hctui(*command)
    last = decode_event(again.out.splitlines()[-1])
    assert again.code == 3 and isinstance(last, Done) and last.exit_code == 3 and last.warnings
    assert hctui("jobs", "follow").code == 3


def test_a_database_in_use_is_11(hctui, server: DemoServer) -> None:
    hctui("backup", "--name", "plain")
    with background_writes([Path(Configuration.load(server.configuration_path).database("PAO_DE_OURO").location)]):
        ran = hctui("restore", server.backups / "plain.bkb", "--yes", "--json")
        followed = hctui("jobs", "follow")
    last = decode_event(ran.out.splitlines()[-1])
    assert isinstance(last, Failed) and (ran.code, last.exit_code, last.error) == (11, 11, "database-in-use")
    assert followed.code == 11


@pytest.mark.parametrize(("number", "code", "error"), [(signal.SIGINT, 130, "interrupted"), (signal.SIGTERM, 4, "cancelled")])
def test_a_signal_before_the_job(environment: None, number: signal.Signals, code: int, error: str) -> None:
    program = (
        "import os, sys; from hctui.cli.commands.verify import verify\n"
        f"verify.callback = lambda **_: os.kill(os.getpid(), {int(number)})\n"
        "sys.argv[1:] = ['verify', 'x.bkb', '--json']; from hctui.cli import main; main()"
    )
    ran = subprocess.run([sys.executable, "-P", "-c", program], capture_output=True, text=True, timeout=PATIENCE)
    assert ran.returncode == code, ran.stderr
    assert [json.loads(line)["error"] for line in ran.stdout.splitlines()] == [error]
    assert ran.stderr.strip().count("\n") == 0


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 4)])
def test_a_signal_that_cancels_the_job(program, server: DemoServer, tmp_path: Path, number: signal.Signals, code: int) -> None:
    command = f"touch {tmp_path / 'started'}; sleep 60"
    text = server.configuration_path.read_text()
    text = text.replace("[databases.CERAMICA_DO_SUL]\n", f'[databases.CERAMICA_DO_SUL]\nbefore = "{command}"\n')
    server.configuration_path.write_text(text)
    running = program("backup", "--database", "CERAMICA_DO_SUL", "--json")
    wait_until((tmp_path / "started").exists, "the job works")
    running.send_signal(number)
    out, _errors = running.communicate(timeout=PATIENCE)
    last = decode_event(out.splitlines()[-1])
    assert isinstance(last, Failed) and (running.returncode, last.exit_code, last.error) == (code, code, "cancelled")
    (job,) = jobs()
    assert isinstance(job.result, Failed) and job.result.exit_code == 4


def test_a_job_that_crashes_ends_the_stream_with_a_failure(hctui, monkeypatch: pytest.MonkeyPatch) -> None:
    from hctui.jobs import launcher

    monkeypatch.setattr(launcher, "worker_command", lambda *arguments: [sys.executable, "-c", "pass"])
    ran = hctui("backup", "--json")
    (last,) = [decode_event(line) for line in ran.out.splitlines()]
    assert isinstance(last, Failed) and (ran.code, last.exit_code, last.error) == (1, 1, "job-crashed")


def test_a_fault_of_hctui_is_an_event_too(server: DemoServer, environment: None, capfd: pytest.CaptureFixture[str]) -> None:
    crash.excepthook(LookupError, LookupError("secret"), None, as_json=True)
    written = capfd.readouterr()
    last = decode_event(written.out)
    assert isinstance(last, Failed) and (last.error, last.exit_code) == ("internal-fault", 1)
    assert "secret" not in written.out + written.err


def test_a_failure_without_a_reader_is_quiet(hctui, monkeypatch: pytest.MonkeyPatch) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as gone:
        monkeypatch.setattr("sys.stdout", gone)
        assert entry.run(["frob", "--json"]) == 2
