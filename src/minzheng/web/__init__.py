"""The door (门): who comes in. The desk 工作台 to begin with; static files of all pages lie here."""
