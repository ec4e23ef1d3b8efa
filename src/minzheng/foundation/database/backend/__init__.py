"""Django's PostgreSQL backend, with connections that know for whom they ask (数据库后端)."""
