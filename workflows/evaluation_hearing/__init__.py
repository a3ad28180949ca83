"""A panel over scores: of the best and the last of each cohort, or of appeals, none of whom judged first."""
