"""Widgets that several pages share; each can be read without colour and used by keyboard alone.

Import a widget from its module: this package re-exports nothing, so that a page loads only the widgets it shows.
"""
