"""Fund accounts of research groups: limits, holds and what is left to spend."""
