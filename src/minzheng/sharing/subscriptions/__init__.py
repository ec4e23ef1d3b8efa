"""Subscriptions (订阅推送): changes by filter, as CloudEvents, by event stream and by webhook."""
