"""What is asked of intake, done: load, decide, save, announce; each in the one transaction it is given."""
