"""Widgets that all pages share; each can be read without colour and moved through by keyboard alone."""

from hctui.tui.dialog import Dialog
from hctui.tui.page import Body, Page
from hctui.tui.widgets.action import Action, Actions
from hctui.tui.widgets.checkbox import Tick
from hctui.tui.widgets.field import Field
from hctui.tui.widgets.header import Header
from hctui.tui.widgets.key_bar import KeyBar
from hctui.tui.widgets.key_values import Facts, Notice
from hctui.tui.widgets.line import Line
from hctui.tui.widgets.menu_list import Entries, Entry
from hctui.tui.widgets.password_field import PasswordField
from hctui.tui.widgets.path_field import PathField
from hctui.tui.widgets.progress_bar import Bar
from hctui.tui.widgets.radio_group import Alternative, Choice

__all__ = [
    "Action",
    "Actions",
    "Alternative",
    "Bar",
    "Body",
    "Choice",
    "Dialog",
    "Entries",
    "Entry",
    "Facts",
    "Field",
    "Header",
    "KeyBar",
    "Line",
    "Notice",
    "Page",
    "PasswordField",
    "PathField",
    "Tick",
]
