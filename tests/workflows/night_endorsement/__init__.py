"""The application for night and holiday use."""
