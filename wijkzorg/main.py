"""The command `wijkzorg`: one file per command, put together here."""

import typer

from wijkzorg import bijdrage

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False)
app.add_typer(bijdrage.app, name="bijdrage", help="The contribution: what is owed, and why.")


def main() -> None:
    """Run the command line."""
    app()
