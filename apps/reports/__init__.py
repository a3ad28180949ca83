"""What the records of use say: what another price would have meant, which fee standards drift."""
