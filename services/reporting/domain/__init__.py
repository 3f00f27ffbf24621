"""The rules of reporting: what a fact counts for, and what a wijk's figures are. No IO, no clock."""
