"""What an instrument or a facility achieved, judged by a versioned scheme over frozen figures."""
