"""The program: `hanle`, or `python -m hanle_sim`."""

from . import interruption, terminal


def main() -> None:
    """Run the command line, and end at once when told to."""
    terminal.open_streams()
    interruption.listen()  # before anything that takes its time to load
    from .cli import main as command_line

    command_line()


if __name__ == "__main__":
    main()
