"""The desk's pages of subscriptions (订阅管理页面), for who answers for the rows and for who is told."""
