"""Servidor: the databases, their engines, tables and roles."""

from hctui.tui.screens.server.screen import ServerPage

__all__ = ["ServerPage"]
