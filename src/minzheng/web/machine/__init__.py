"""The door for systems (接口): other departments' systems come in by token, and have what a grant allows."""
