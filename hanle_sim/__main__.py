"""The program: `hanle`, or `python -m hanle_sim`."""

from . import interruption, terminal


def main() -> None:
    """Run the command line, and end at once on a signal."""
    terminal.open_streams()
    interruption.listen()  # before the imports that take long
    from .cli import main as command_line

    command_line()


if __name__ == "__main__":
    main()
