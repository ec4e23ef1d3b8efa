"""The one system of record: PostgreSQL ≥ 15 (数据库), the embedded one unless DATABASE_URL names another."""
