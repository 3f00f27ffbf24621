"""Every SQL statement of indicatie, one function each; none decides."""
