"""The evaluation room: schemes, rounds, figures, judgements."""
