"""Readers that go away, full disks, signals and faults of hctui itself: one sentence, an exit code, and no secrets."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
from waiting import PATIENCE, wait_until

from hctui.cli import crash
from hctui.config import Configuration
from hctui.demo.server import DemoServer
from hctui.jobs import jobs


@pytest.fixture
def held(server: DemoServer, tmp_path: Path) -> Path:
    """Make backups of the ceramics company wait for a file; give its path."""
    go = tmp_path / "go"
    started = tmp_path / "started"
    text = server.configuration_path.read_text()
    command = f"touch {started}; while [ ! -e {go} ]; do sleep 0.05; done"
    text = text.replace("[databases.CERAMICA_DO_SUL]\n", f'[databases.CERAMICA_DO_SUL]\nbefore = "{command}"\n')
    server.configuration_path.write_text(text)
    assert Configuration.load(server.configuration_path).database("CERAMICA_DO_SUL").before
    return go


def wait_for(path: Path) -> None:
    wait_until(path.exists, f"{path} exists")


def test_a_reader_that_goes_away_does_not_stop_the_job(program, server: DemoServer) -> None:
    running = program("backup", "--all", "--name", "tudo")
    assert running.stdout.readline().endswith(b"Checking.\n")
    running.stdout.close()
    errors = running.stderr.read()
    running.stderr.close()
    assert running.wait(PATIENCE) == 0
    assert b"Traceback" not in errors and b"BrokenPipe" not in errors
    assert (server.backups / "tudo.bkb").is_file()


def test_a_listing_without_a_reader_reports_nothing(program) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    running = program("databases", "list", stdout=writing)
    os.close(writing)
    _, errors = running.communicate(timeout=PATIENCE)
    assert running.returncode == 1 and errors == b""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="/dev/full is Linux's")
def test_a_full_disk_under_standard_output_is_one_sentence(program) -> None:
    with open("/dev/full", "wb") as full:
        running = program("databases", "list", stdout=full)
        _, errors = running.communicate(timeout=PATIENCE)
    assert running.returncode == 1 and errors.decode().startswith("hctui: ") and errors.count(b"\n") == 1


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 4)])
def test_a_signal_cancels_the_job_and_waits_for_its_clean_up(
    program, server: DemoServer, held: Path, tmp_path: Path, number: signal.Signals, code: int
) -> None:
    running = program("backup", "--all", "--name", "tudo")
    wait_for(tmp_path / "started")
    running.send_signal(number)
    _, errors = running.communicate(timeout=PATIENCE)
    assert running.returncode == code
    assert "Cancelled. Nothing half-made was left behind." in errors.decode()
    assert list(server.backups.iterdir()) == []


def test_a_lost_terminal_leaves_the_job_running(program, server: DemoServer, held: Path, tmp_path: Path, hctui) -> None:
    # the process that runs these tests may ignore SIGHUP, as under nohup, and children inherit that
    default_hang_up = partial(signal.signal, signal.SIGHUP, signal.SIG_DFL)
    running = program("backup", "--database", "CERAMICA_DO_SUL", "--name", "depois", preexec_fn=default_hang_up)
    wait_for(tmp_path / "started")
    running.send_signal(signal.SIGHUP)
    running.communicate(timeout=PATIENCE)
    assert running.returncode == -signal.SIGHUP
    (job,) = jobs()
    assert job.state == "running"
    busy = hctui("backup", "--database", "CERAMICA_DO_SUL", "--name", "outra")
    assert busy.code == 11 and job.id in busy.sentence
    held.touch()
    followed = hctui("jobs", "follow")
    assert followed.code == 0 and "depois.bkb" in followed.out


def test_jobs_cancel_cancels(program, hctui, server: DemoServer, held: Path, tmp_path: Path) -> None:
    running = program("backup", "--database", "CERAMICA_DO_SUL")
    wait_for(tmp_path / "started")
    (job,) = jobs()
    cancelled = hctui("jobs", "cancel", job.id)
    assert cancelled.code == 0 and cancelled.out == f"{job.id}: cancelled.\n"
    running.communicate(timeout=PATIENCE)
    assert running.returncode == 4 and list(server.backups.iterdir()) == []


def test_a_fault_is_one_sentence_and_a_report_without_values(
    server: DemoServer, environment: None, capfd: pytest.CaptureFixture[str]
) -> None:
    def wrong(password: str) -> None:
        raise LookupError(f"{password} is not in the list")

    try:
        wrong("minha senha secreta")
    except LookupError as error:
        crash.excepthook(type(error), error, error.__traceback__)
    written = capfd.readouterr().err
    (report,) = server.state.glob("crash-*.txt")
    assert written.count("\n") == 1 and "LookupError" in written and str(report) in written
    assert "secreta" not in written + report.read_text() and "in wrong" not in written
    assert "wrong" in report.read_text() and report.stat().st_mode & 0o777 == 0o600


def test_an_uncaught_fault_exits_with_1_and_shows_no_traceback(server: DemoServer, environment: None) -> None:
    code = (
        "import sys; import hctui.cli.commands.databases as d; "
        "d.listed = lambda *_: {}['secreta']; sys.argv = ['hctui', 'databases', 'list']; "
        "from hctui.cli import main; main()"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=PATIENCE)
    assert ran.returncode == 1
    assert ran.stderr.count("\n") == 1 and "KeyError" in ran.stderr and "secreta" not in ran.stderr


@pytest.mark.parametrize(
    ("raised", "expected"), [("MemoryError()", "memory"), ("OSError(28, 'No space left', '/x')", "/x: No space left")]
)
def test_an_error_of_the_system_is_one_sentence(environment: None, raised: str, expected: str) -> None:
    code = (
        "import sys; import hctui.cli.commands.databases as d\n"
        f"def fail(*_): raise {raised}\n"
        "d.listed = fail; from hctui.cli.entry import run; sys.exit(run(['databases', 'list']))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=PATIENCE)
    assert ran.returncode == 1 and ran.stderr.count("\n") == 1 and expected in ran.stderr


def test_closed_streams_are_no_problem(program, server: DemoServer) -> None:
    def close(*numbers: int):
        return lambda: [os.close(number) for number in numbers]

    running = program("backup", "--name", "a", stdin=None, stdout=None, preexec_fn=close(0, 1))
    _, errors = running.communicate(timeout=PATIENCE)
    assert running.returncode == 0 and errors.count(b"\n") == 1
    assert (server.backups / "a.bkb").is_file()
    running = program("frob", stdin=None, stdout=None, stderr=None, preexec_fn=close(0, 1, 2))
    assert running.wait(PATIENCE) == 2


def test_an_encoding_without_accents_gets_letters_without_them(program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    out, _ = program("--lang", "pt", "databases", "list").communicate(timeout=PATIENCE)
    assert b"ultima copia" in out
    out, _ = program("--lang", "pt", "show", "naïve–“x”", stderr=subprocess.STDOUT).communicate(timeout=PATIENCE)
    assert b'naive-"x"' in out and b"nao" in out.lower()


def test_an_address_is_refused_though_a_folder_has_the_name_of_its_scheme(
    hctui, server: DemoServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sftp:" / "host" / "x").mkdir(parents=True)
    for address in ("sftp://host/x", "sftp://u:segredo@host/x"):
        ran = hctui("backup", "--database", "MOVEIS_DA_SERRA", "--to", address, "--json")
        assert ran.code == 2
        assert "segredo" not in ran.out + ran.err
    assert hctui("backup", "--database", "MOVEIS_DA_SERRA", "--to", "./sftp:/host/x", "--name", "x").code == 0
    assert (tmp_path / "sftp:" / "host" / "x" / "x.bkb").exists()


def test_an_address_is_no_local_database_and_no_demo(hctui, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    for arguments in (("databases", "add", "ZZ", "--engine", "folder", "s3://h"), ("demo", "--headless", "--at", "sftp://h/x")):
        ran = hctui(*arguments)
        assert ran.code == 2, arguments
        assert "://h" in ran.sentence
    assert list(here.iterdir()) == []


def test_an_empty_destination_is_not_the_current_folder(hctui, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    assert hctui("backup", "--database", "MOVEIS_DA_SERRA", "--to", "").code == 2
    assert list(here.iterdir()) == []
