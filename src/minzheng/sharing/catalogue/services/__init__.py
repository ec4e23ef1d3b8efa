"""What is done with the catalogue (目录办理): its only writers."""
