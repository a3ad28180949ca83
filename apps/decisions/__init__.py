"""Rule-set versions and decision records; the only caller of the rules engine."""
