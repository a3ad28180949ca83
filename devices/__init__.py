"""Metal and messages: the protocol codec, the gateway, provisioning, and the reference controller."""
