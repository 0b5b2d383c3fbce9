"""`python screenshots/make.py [SCENE...]`: every page as SVG and PNG, from the running application on the demo's server.

Nothing is drawn by hand: real jobs run, keys are pressed, and the screen is saved. Needs rsvg-convert (librsvg2-bin) and
convert (imagemagick).
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
import sys
import tempfile
from contextlib import closing
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
os.environ.update(TERM="xterm-256color", COLORTERM="truecolor", TEXTUAL_ANIMATIONS="none")
os.environ.pop("NO_COLOR", None)

import scenes
from camera import Camera

from hctui import jobs
from hctui.config import Configuration
from hctui.demo import server as demo_server
from hctui.i18n import language
from hctui.plans import BackupPlan

SCALE = 6.0


def prepare() -> demo_server.DemoServer:
    """Make a new demo, in a folder without other files that would be in the pictures."""
    public = Path("/srv")
    folder = (public if os.access(public, os.W_OK) else Path(tempfile.gettempdir())) / "hctui-demo"
    if demo_server.exists(folder):
        shutil.rmtree(folder)
    server = demo_server.create(folder, scale=SCALE)
    server.use()
    os.environ["HOME"] = str(make_home(folder / "pessoas" / "maria"))
    return server


def make_home(folder: Path) -> Path:
    """Make the home folder of a bookkeeper, for the pages that show files."""
    for name, size in (
        ("Contratos/aluguel.pdf", 412_000),
        ("Contratos/energia.pdf", 188_000),
        ("Fotos da loja/vitrine.jpg", 3_150_000),
        ("Impostos/simples 2026.pdf", 264_000),
        ("Notas fiscais/2026-09.zip", 2_310_000),
        ("Notas fiscais/2026-10.zip", 2_604_000),
        ("Planilhas/custos.ods", 96_000),
        ("Planilhas/fluxo de caixa.ods", 141_000),
        ("Receitas/panetone.odt", 38_000),
        ("agenda.ods", 22_400),
        ("anotações.txt", 2_100),
        ("balanço 2025.pdf", 731_000),
        ("cardápio.pdf", 1_280_000),
        ("clientes.csv", 54_300),
        ("fornecedores.csv", 9_800),
        ("logotipo.png", 48_700),
        ("telefones.txt", 1_300),
    ):
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("wb") as written:
            written.truncate(size)
    return folder


async def back_up(configuration: Configuration, alias: str, name: str, *, seen: bool) -> None:
    """Make a backup in a job."""
    plan = BackupPlan((alias,), configuration.destination or Path(), name)
    job = await asyncio.to_thread(jobs.start, plan, configuration, None)
    async for _event in job.events():
        pass
    if seen:
        job.mark_seen()


def lose_rows(location: str) -> None:
    """Delete rows, which the pictures then restore."""
    with closing(sqlite3.connect(location)) as database, database:
        database.execute("delete from produtos_formula where rowid % 40 = 0")


async def run() -> None:
    """Take every picture."""
    language.activate("pt_BR")
    server = prepare()
    configuration = Configuration.load(server.configuration_path)
    await back_up(configuration, scenes.DATABASE, f"{scenes.DATABASE}_inicial.bkb", seen=True)
    await back_up(configuration, "MOVEIS_DA_SERRA", "MOVEIS_DA_SERRA_inicial.bkb", seen=False)
    lose_rows(configuration.database(scenes.DATABASE).location)
    await Camera(server.configuration_path).run(scenes.attach)
    stages = (scenes.menu, scenes.backup, scenes.progress, scenes.restore, scenes.existing, scenes.server, scenes.files)
    for job in jobs.unattended():
        job.mark_seen()
    await Camera(server.folder / "none.toml").run(scenes.first_start)
    wanted = sys.argv[1:]
    await Camera(server.configuration_path).run(*(each for each in stages if not wanted or each.__name__ in wanted))


if __name__ == "__main__":
    asyncio.run(run())
