"""A data set as a grant lets it be seen (按授权读取): only the granted columns are asked for, only the granted rows come."""
