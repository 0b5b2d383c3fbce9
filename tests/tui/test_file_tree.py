"""The tree of files and its ticks."""

from __future__ import annotations

from hctui.tui.screens.files_backup.tree import FileEntry, FileTree, Mark, Node


def opened() -> tuple[FileTree, dict[str, Node]]:
    tree = FileTree.of([FileEntry("/", folder=True)])
    tree.fill(tree.roots[0], [FileEntry("/srv", folder=True), FileEntry("/etc", folder=True), FileEntry("/root.txt", size=5)])
    tree.fill(tree.shown[2], [FileEntry("/srv/a", folder=True), FileEntry("/srv/b", size=7), FileEntry("/srv/c", size=9)])
    tree.fill(tree.shown[3], [FileEntry("/srv/a/x", size=1), FileEntry("/srv/a/y", size=2)])
    return tree, {node.entry.path: node for node in tree.shown}


def test_folders_come_first_and_by_name() -> None:
    tree, _ = opened()
    assert [node.entry.name for node in tree.shown] == ["/", "etc", "srv", "a", "x", "y", "b", "c", "root.txt"]
    assert [node.depth for node in tree.shown] == [0, 1, 1, 2, 3, 3, 2, 2, 1]


def test_a_folder_opened_again_shows_its_open_folders() -> None:
    tree, nodes = opened()
    tree.close(nodes["/srv"])
    assert len(tree.shown) == 4
    tree.open(nodes["/srv"])
    assert len(tree.shown) == 9


def test_a_ticked_folder_includes_all_that_is_in_it() -> None:
    tree, nodes = opened()
    tree.toggle(nodes["/srv/a/x"])
    assert tree.ticked == ("/srv/a/x",)
    assert tree.mark(nodes["/srv"]) is Mark.SOME and tree.mark(nodes["/"]) is Mark.SOME
    tree.toggle(nodes["/srv"])
    assert tree.ticked == ("/srv",)
    assert tree.mark(nodes["/srv/a/y"]) is Mark.ALL and tree.mark(nodes["/etc"]) is Mark.NONE


def test_unticking_inside_a_ticked_folder_keeps_the_others_ticked() -> None:
    tree, nodes = opened()
    tree.toggle(nodes["/srv"])
    tree.toggle(nodes["/srv/a/x"])
    assert tree.ticked == ("/srv/a/y", "/srv/b", "/srv/c")
    assert tree.mark(nodes["/srv/a"]) is Mark.SOME and tree.mark(nodes["/srv/a/x"]) is Mark.NONE


def test_a_name_that_begins_like_a_folder_is_not_inside_it() -> None:
    tree = FileTree.of([FileEntry("/data", folder=True), FileEntry("/data2", folder=True)])
    tree.toggle(tree.roots[1])
    tree.toggle(tree.roots[0])
    assert tree.ticked == ("/data", "/data2")


def test_an_unreadable_file_or_folder_is_not_ticked() -> None:
    tree, nodes = opened()
    tree.fill(nodes["/etc"], [FileEntry("/etc/shadow", unreadable=True), FileEntry("/etc/hosts", size=3)])
    shadow = next(node for node in tree.shown if node.entry.name == "shadow")
    tree.toggle(shadow)
    assert tree.ticked == ()
    tree.toggle(nodes["/etc"])
    tree.mark_unreadable(nodes["/etc"], "no right to read it")
    assert tree.ticked == ()


def test_the_roots_of_a_backup_are_relative() -> None:
    tree = FileTree.of([FileEntry("docs", folder=True, size=30)])
    tree.fill(tree.roots[0], [FileEntry("docs/a.txt", size=10), FileEntry("docs/b.txt", size=20)])
    tree.toggle(tree.shown[1])
    assert tree.mark(tree.roots[0]) is Mark.SOME
