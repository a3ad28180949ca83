"""The gate: who may switch what on, and what takes it back."""
