"""Tell the story. Exit code 0 when every step came true, 1 with the reason when one did not."""

import sys

from scripts.story.stage import StoryBroken, throwaway_stage


def main() -> int:
    """Set the stage, then Django (its settings read the stage's environment), then tell the chapters."""
    with throwaway_stage() as stage:
        import django  # noqa: PLC0415 - settings are read when this happens: after the stage is set

        django.setup()
        from scripts.story.chapters import tell  # noqa: PLC0415 - imports models
        from settings import celery  # noqa: F401, PLC0415 - what is left to a worker goes to the stage's

        try:
            tell(stage)
        except StoryBroken as broken:
            sys.stdout.write(f"\nTHE STORY BROKE: {broken}\n")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
