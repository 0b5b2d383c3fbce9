CREATE TABLE clientes (id serial PRIMARY KEY, nome text);
INSERT INTO clientes(nome) SELECT 'c' || n FROM generate_series(1, 20) n;
CREATE TABLE pedidos (id serial PRIMARY KEY, cliente int REFERENCES clientes); CREATE INDEX ON pedidos (cliente);
INSERT INTO pedidos(cliente) SELECT n FROM generate_series(1, 20) n;
CREATE TABLE usuarios (id serial PRIMARY KEY, login text); INSERT INTO usuarios(login) VALUES ('ana'), ('bia');
