"""Pieces of pages, each drawing one object it is given."""
