"""Extract (抽取): whatever a source hands over becomes one table of text cells, numbered as the source numbers its rows."""
