"""The ticks behind the checklist of tables."""

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


def test_filter_heeds_neither_capitals_nor_accents() -> None:
    checklist = Checklist(choices())
    checklist.show("SITUACAO")
    assert [choice.name for choice in checklist.shown] == ["Situação"]
    checklist.show("form prod")
    assert [choice.name for choice in checklist.shown] == ["produtos_formula"]
    checklist.show("")
    assert len(checklist.shown) == 4


def test_all_none_and_invert_act_on_what_is_shown() -> None:
    checklist = Checklist(choices(), ticked=["Situação"])
    checklist.show("produtos")
    checklist.tick_shown()
    assert checklist.ticked == ("produtos", "produtos_formula", "Situação")
    checklist.toggle(checklist.shown[0])
    checklist.invert_shown()
    assert checklist.ticked == ("produtos", "Situação")
    checklist.clear_shown()
    assert checklist.ticked == ("Situação",)


def test_what_the_backup_does_not_hold_is_never_ticked() -> None:
    checklist = Checklist(choices(), ticked=["produtos_imagem", "no_such_table"])
    checklist.toggle(checklist.choices[2])
    checklist.tick_shown()
    assert "produtos_imagem" not in checklist.ticked
    assert checklist.ticked_count == 3
    assert Role.IMAGES not in checklist.roles()


def test_totals_count_hidden_ticks_too() -> None:
    checklist = Checklist(choices(), ticked=["produtos", "Situação"])
    checklist.show("formula")
    assert (checklist.ticked_count, checklist.ticked_size) == (2, 2_100)


def test_a_role_is_ticked_whole_and_then_unticked_whole() -> None:
    checklist = Checklist(choices(), ticked=["produtos"])
    assert checklist.roles()[Role.DATA] == (1, 2)
    checklist.toggle_role(Role.DATA)
    assert checklist.ticked == ("produtos", "produtos_formula")
    checklist.toggle_role(Role.DATA)
    assert checklist.ticked == ()


def test_a_gone_table_is_never_the_same() -> None:
    assert [choice.same for choice in choices()] == [False, True, False, False]
