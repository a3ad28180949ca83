"""One sheet of an evaluation: the crew reports, the laboratory looks at it, the department confirms."""
