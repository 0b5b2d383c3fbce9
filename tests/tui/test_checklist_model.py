"""The state of the checklist of tables."""

from __future__ import annotations

from hctui.model import Role, Table
from hctui.tui.screens.checklist.model import Checklist, TableChoice


def choices() -> list[TableChoice]:
    return [
        TableChoice(Table("produtos", Role.DATA, 12480, 2_000), Table("produtos", Role.DATA, 12466, 1_990)),
        TableChoice(Table("produtos_formula", Role.DATA, 98211, 9_000), Table("produtos_formula", Role.DATA, 98211, 9_000)),
        TableChoice(Table("produtos_imagem", Role.IMAGES, 3, 4_000_000, left_out=True), available=False),
        TableChoice(Table("Situação", Role.SETTINGS, 7, 100)),
    ]


def test_the_filter_ignores_capitals_and_accents() -> None:
    checklist = Checklist(choices())
    checklist.show("SITUACAO")
    assert [choice.name for choice in checklist.shown] == ["Situação"]
    checklist.show("form prod")
    assert [choice.name for choice in checklist.shown] == ["produtos_formula"]
    checklist.show("")
    assert len(checklist.shown) == 4


def test_all_none_and_invert_change_shown_tables_only() -> None:
    checklist = Checklist(choices(), ticked=["Situação"])
    checklist.show("produtos")
    checklist.tick_shown()
    assert checklist.ticked == ("produtos", "produtos_formula", "Situação")
    checklist.toggle(checklist.shown[0])
    checklist.invert_shown()
    assert checklist.ticked == ("produtos", "Situação")
    checklist.clear_shown()
    assert checklist.ticked == ("Situação",)


def test_a_table_that_is_not_in_the_backup_is_never_ticked() -> None:
    checklist = Checklist(choices(), ticked=["produtos_imagem", "no_such_table"])
    checklist.toggle(checklist.choices[2])
    checklist.tick_shown()
    assert "produtos_imagem" not in checklist.ticked
    assert checklist.ticked_count == 3
    assert Role.IMAGES not in checklist.roles()


def test_totals_include_hidden_tables() -> None:
    checklist = Checklist(choices(), ticked=["produtos", "Situação"])
    checklist.show("formula")
    assert (checklist.ticked_count, checklist.ticked_size) == (2, 2_100)


def test_all_tables_of_a_role_are_ticked_then_unticked() -> None:
    checklist = Checklist(choices(), ticked=["produtos"])
    assert checklist.roles()[Role.DATA] == (1, 2)
    checklist.toggle_role(Role.DATA)
    assert checklist.ticked == ("produtos", "produtos_formula")
    checklist.toggle_role(Role.DATA)
    assert checklist.ticked == ()


def test_a_missing_table_is_never_the_same() -> None:
    assert [choice.same for choice in choices()] == [False, True, False, False]
