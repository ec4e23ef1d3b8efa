"""The rooms (业): one folder a business, on one floor, no door between them. The engines find what each declares."""
