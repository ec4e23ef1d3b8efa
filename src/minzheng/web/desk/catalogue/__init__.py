"""Pages of the catalogue of resources (资源目录页面): this level's, others', and what is asked for."""
