"""The CAK beside this ledger: by law it determines and collects the bijdrage (Wmo 2015 art. 2.1.4b)."""

TOELICHTING_CAK = (
    "Dit is hoe de gemeente uw eigen bijdrage bepaalt. Het CAK stelt de bijdrage vast en int haar "
    "(Wmo 2015 artikel 2.1.4b). Betaal dus aan het CAK, en alleen wat het CAK u vraagt."
)
"""Stands on every page and statement."""
