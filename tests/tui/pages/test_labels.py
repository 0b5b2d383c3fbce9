"""The labels of the manual are on the Portuguese pages, uncut at 80 columns."""

from __future__ import annotations

import re

import pytest

from hctui.config import Configuration
from hctui.i18n import language
from hctui.model import Encryption
from hctui.operations import backup
from hctui.plans import BackupPlan

BACKUP = (
    "Destino do backup",
    "Configurações adicionais",
    "Pasta onde o backup deverá ser criado",
    "Nome do arquivo de backup",
    "Copiar apenas o banco de dados selecionado",
    "Copiar todos os bancos de dados armazenados no servidor",
    "Iniciar a cópia de segurança",
    "Retornar ao menu",
)
OPTIONS = (
    "Criptografar a cópia com a senha",
    "Incluir arquivo de auditoria",
    "Incluir imagens",
    "Incluir índices",
    "Nível de compressão",
    "Máximo",
    "Médio",
    "Mínimo",
    "Não compactar",
)
RESTORE = (
    "Nome e local do backup",
    "O arquivo está criptografado pela senha",
    "Restaurar apenas o banco de dados corrente",
    "Restaurar todos os bancos de dados que estiverem no arquivo de backup",
    "Restaurar as configurações do sistema",
    "Restaurar o cadastro de usuários e o arquivo de auditoria",
    "Restauração parcial do banco de dados",
    "Selecionar tabelas que devem ser restauradas",
    "Os arquivos que devem ser restaurados estão descompactados na pasta informada",
    "Iniciar a restauração",
    "Retornar ao menu",
)


def joined(shown: str) -> str:
    """Return the text with wrapped lines joined and without the scroll bar."""
    return " ".join(re.sub(r"[^\w.,-]", " ", shown).split())


@pytest.fixture
def portuguese() -> None:
    language.activate("pt_BR")


async def test_the_backup_page_has_the_labels_of_the_manual(demo, portuguese, opened, until, text_of) -> None:
    async with opened("backup") as pilot:
        await until(pilot, lambda: pilot.app.screen.destination.details)
        await until(pilot, lambda: [label for label in BACKUP if label not in text_of(pilot)] == [])
        await pilot.press("f3")
        await until(pilot, lambda: [label for label in OPTIONS if label not in text_of(pilot)] == [])


async def test_the_restore_page_has_the_labels_of_the_manual(demo, portuguese, opened, until, text_of) -> None:
    plan = BackupPlan(("PAO_DE_OURO",), demo.backups, "x.bkb", encryption=Encryption.AES256)
    async for _event in backup(plan, Configuration.load(demo.configuration_path), "segredo"):
        pass
    async with opened("restore") as pilot:
        page = pilot.app.screen
        page.source.use_file(demo.backups / "x.bkb")
        await until(pilot, lambda: page.source.contents)
        page.scope.partial.value = True
        await until(pilot, lambda: [label for label in RESTORE if label not in joined(text_of(pilot))] == [])
