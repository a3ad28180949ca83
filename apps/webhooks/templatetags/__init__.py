"""Words of webhooks for templates."""
