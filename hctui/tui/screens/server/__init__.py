"""Servidor: the databases, their engines, tables and roles."""
