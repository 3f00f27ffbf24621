"""Every SQL statement of billing: facts of other owners, uses and verdicts, the ledger, and what the API reads."""
