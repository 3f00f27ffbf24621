"""The CAK beside this ledger: by law it determines and collects the bijdrage (Wmo 2015 art. 2.1.4b)."""

TOELICHTING_CAK = (
    "Zo rekent de gemeente uw eigen bijdrage uit. Het CAK bepaalt het bedrag en stuurt u de rekening "
    "(Wmo 2015 artikel 2.1.4b). Betaal dus aan het CAK, en alleen wat het CAK u vraagt."
)
"""Stands on every page and statement."""
