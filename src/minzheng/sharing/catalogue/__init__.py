"""The catalogue of resources (资源目录): compiled from the standard, cascaded between levels, exchanged as DCAT."""
