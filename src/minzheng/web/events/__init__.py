"""The door of event streams (事件流): departments' systems come in by token and are told of changes as they happen."""
