"""The command line: finds the command, and turns whatever happens into an exit code."""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path

import click

from freehold import __version__

FINE, TO_DO, USAGE, INVALID, CONFLICTS, OUR_BUG = 0, 1, 2, 3, 4, 70
FOLDER = Path(__file__).parent / "commands"
# The order somebody meets them in; a command that is not listed comes behind these.
ORDER = (
    *("new", "init", "add", "rename", "check", "explain", "schema", "plan", "diff", "generate"),
    *("resolve", "abort", "eject", "merge-state", "dev"),
)


class Commands(click.Group):
    """One module in `commands/` for each command, imported when it is called.

    The first line of the module is its help in the list, read without importing it.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        found = sorted(
            path.stem.replace("_", "-")
            for path in FOLDER.glob("*.py")
            if not path.stem.startswith("_")
        )
        return sorted(found, key=lambda name: ORDER.index(name) if name in ORDER else len(ORDER))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        module = importlib.import_module(f"freehold.commands.{cmd_name.replace('-', '_')}")
        command = module.command
        return command if isinstance(command, click.Command) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, _first_line(name)) for name in self.list_commands(ctx)])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and not args[0].startswith("-") and args[0] not in self.list_commands(ctx):
            from freehold.complaints import did_you_mean

            hint = did_you_mean(args[0], self.list_commands(ctx))
            raise click.UsageError(f"there is no command `{args[0]}`; {hint}", ctx)
        return super().resolve_command(ctx, args)


def _first_line(name: str) -> str:
    path = FOLDER / f"{name.replace('-', '_')}.py"
    with path.open(encoding="utf-8") as module:
        return module.readline().strip().strip('"')


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="freehold")
def freehold() -> None:
    """Write the backend of a YAML domain spec, and write it again without losing an edit."""


def main() -> None:
    """The `freehold` command."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run one command line; the exit code says what is left to do."""
    if sys.stdout.isatty() and (not arguments or {"-h", "--help"} & set(arguments)):
        _colourful()
    try:
        done = freehold.main(arguments, prog_name="freehold", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as help_:
        help_.show()
        return USAGE
    except click.ClickException as wrong:
        wrong.show()
        return USAGE
    except (click.Abort, KeyboardInterrupt):
        click.echo("stopped", err=True)
        return 130
    except BrokenPipeError:
        # Whoever read has gone; closing the pipe again at exit must not say so.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FINE
    except Exception as problem:
        return _refused(problem)
    return done if isinstance(done, int) else FINE


def _refused(problem: Exception) -> int:
    from freehold.complaints import SpecError, as_text

    if isinstance(problem, SpecError):
        click.echo(as_text(problem), nl=False, err=True)
        return INVALID
    import traceback

    click.echo(traceback.format_exc(), nl=False, err=True)
    click.echo(
        f"\nThis is a bug in Freehold {__version__}, not in your spec, and nothing was half "
        "written.\nPlease report it with the lines above and the spec that led here.",
        err=True,
    )
    return OUR_BUG


def _colourful() -> None:
    """Help for a terminal, with rich; its import alone takes longer than all the rest."""
    from rich_click.patch import patch

    patch()
