"""`wijkzorg bench`: measured against a floor in the same run, on the same broker and database."""

import typer

app = typer.Typer(no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Keep `billing` a subcommand."""
