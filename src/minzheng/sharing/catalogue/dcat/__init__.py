"""The catalogue as DCAT-AP 3 (目录的 DCAT 表示): written for portals, read from portals."""
