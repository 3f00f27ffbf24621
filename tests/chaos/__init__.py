"""Attacks on the whole system under load, and whether every promise holds after them."""
