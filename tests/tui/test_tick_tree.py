"""The ticks behind the trees of files."""

from __future__ import annotations

from hctui.tui.screens.files_backup.tree import Entry, Mark, Node, TickTree


def opened() -> tuple[TickTree, dict[str, Node]]:
    tree = TickTree.of([Entry("/", folder=True)])
    tree.fill(tree.roots[0], [Entry("/srv", folder=True), Entry("/etc", folder=True), Entry("/root.txt", size=5)])
    tree.fill(tree.shown[2], [Entry("/srv/a", folder=True), Entry("/srv/b", size=7), Entry("/srv/c", size=9)])
    tree.fill(tree.shown[3], [Entry("/srv/a/x", size=1), Entry("/srv/a/y", size=2)])
    return tree, {node.entry.path: node for node in tree.shown}


def test_folders_come_first_and_by_name() -> None:
    tree, _ = opened()
    assert [node.entry.name for node in tree.shown] == ["/", "etc", "srv", "a", "x", "y", "b", "c", "root.txt"]
    assert [node.depth for node in tree.shown] == [0, 1, 1, 2, 3, 3, 2, 2, 1]


def test_closing_and_opening_shows_what_was_open_below() -> None:
    tree, nodes = opened()
    tree.close(nodes["/srv"])
    assert len(tree.shown) == 4
    tree.open(nodes["/srv"])
    assert len(tree.shown) == 9


def test_a_ticked_folder_stands_for_all_that_is_in_it() -> None:
    tree, nodes = opened()
    tree.toggle(nodes["/srv/a/x"])
    assert tree.ticked == ("/srv/a/x",)
    assert tree.mark(nodes["/srv"]) is Mark.SOME and tree.mark(nodes["/"]) is Mark.SOME
    tree.toggle(nodes["/srv"])
    assert tree.ticked == ("/srv",)
    assert tree.mark(nodes["/srv/a/y"]) is Mark.ALL and tree.mark(nodes["/etc"]) is Mark.NONE


def test_unticking_inside_a_ticked_folder_leaves_the_rest() -> None:
    tree, nodes = opened()
    tree.toggle(nodes["/srv"])
    tree.toggle(nodes["/srv/a/x"])
    assert tree.ticked == ("/srv/a/y", "/srv/b", "/srv/c")
    assert tree.mark(nodes["/srv/a"]) is Mark.SOME and tree.mark(nodes["/srv/a/x"]) is Mark.NONE


def test_names_that_begin_alike_are_not_inside() -> None:
    tree = TickTree.of([Entry("/data", folder=True), Entry("/data2", folder=True)])
    tree.toggle(tree.roots[1])
    tree.toggle(tree.roots[0])
    assert tree.ticked == ("/data", "/data2")


def test_what_can_not_be_read_is_not_ticked() -> None:
    tree, nodes = opened()
    tree.fill(nodes["/etc"], [Entry("/etc/shadow", unreadable=True), Entry("/etc/hosts", size=3)])
    shadow = next(node for node in tree.shown if node.entry.name == "shadow")
    tree.toggle(shadow)
    assert tree.ticked == ()
    tree.toggle(nodes["/etc"])
    tree.refuse(nodes["/etc"], "no right to read it")
    assert tree.ticked == ()


def test_roots_of_a_backup_are_relative() -> None:
    tree = TickTree.of([Entry("docs", folder=True, size=30)])
    tree.fill(tree.roots[0], [Entry("docs/a.txt", size=10), Entry("docs/b.txt", size=20)])
    tree.toggle(tree.shown[1])
    assert tree.mark(tree.roots[0]) is Mark.SOME
