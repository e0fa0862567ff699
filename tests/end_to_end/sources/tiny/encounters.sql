SELECT * FROM encounters
