CREATE DATABASE "ceramica" TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C';
\connect "ceramica"
SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET transaction_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;
CREATE SCHEMA vendas;
ALTER SCHEMA vendas OWNER TO postgres;
CREATE DOMAIN public.dinheiro AS numeric(12,2)
	CONSTRAINT dinheiro_check CHECK ((VALUE >= (0)::numeric));
ALTER DOMAIN public.dinheiro OWNER TO postgres;
CREATE TYPE public.estado AS ENUM (
    'novo',
    'usado',
    'não sei'
);
ALTER TYPE public.estado OWNER TO postgres;
CREATE FUNCTION public.apagado() RETURNS trigger
    LANGUAGE plpgsql
    AS $$ BEGIN INSERT INTO public.auditoria(texto) VALUES ('apagado ' || OLD.nome); RETURN OLD; END $$;
ALTER FUNCTION public.apagado() OWNER TO postgres;
SET default_tablespace = '';
SET default_table_access_method = heap;
CREATE TABLE public.auditoria (
    id integer NOT NULL,
    usuario integer,
    texto text
);
ALTER TABLE public.auditoria OWNER TO postgres;
CREATE SEQUENCE public.auditoria_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.auditoria_id_seq OWNER TO postgres;
ALTER SEQUENCE public.auditoria_id_seq OWNED BY public.auditoria.id;
CREATE TABLE public.produtos (
    id integer NOT NULL,
    nome text,
    preco public.dinheiro,
    tags text[],
    e public.estado DEFAULT 'novo'::public.estado,
    dobro numeric GENERATED ALWAYS AS (((preco)::numeric * (2)::numeric)) STORED
);
ALTER TABLE public.produtos OWNER TO postgres;
COMMENT ON TABLE public.produtos IS 'O que se vende: pão, “bolo” e café';
CREATE VIEW public.caros AS
 SELECT nome,
    preco
   FROM public.produtos
  WHERE ((preco)::numeric > (10)::numeric);
ALTER VIEW public.caros OWNER TO postgres;
CREATE TABLE public.configuracoes (
    chave text NOT NULL,
    valor jsonb
);
ALTER TABLE public.configuracoes OWNER TO postgres;
CREATE TABLE public.feita_depois (
    a text
);
ALTER TABLE public.feita_depois OWNER TO postgres;
CREATE TABLE public.itens (
    cliente integer NOT NULL,
    produto integer NOT NULL,
    quantidade integer,
    CONSTRAINT itens_quantidade_check CHECK ((quantidade > 0))
);
ALTER TABLE public.itens OWNER TO postgres;
CREATE TABLE public."preço médio (R$)" (
    "ano-mês" date,
    "valor %" double precision,
    "select" text
);
ALTER TABLE public."preço médio (R$)" OWNER TO postgres;
CREATE SEQUENCE public.produtos_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.produtos_id_seq OWNER TO postgres;
ALTER SEQUENCE public.produtos_id_seq OWNED BY public.produtos.id;
CREATE TABLE public.produtos_imagem (
    produto integer NOT NULL,
    imagem bytea
);
ALTER TABLE public.produtos_imagem OWNER TO postgres;
CREATE MATERIALIZED VIEW public.totais AS
 SELECT produto,
    sum(quantidade) AS n
   FROM public.itens
  GROUP BY produto
  WITH NO DATA;
ALTER MATERIALIZED VIEW public.totais OWNER TO postgres;
CREATE TABLE public.usuarios (
    id integer NOT NULL,
    login text
);
ALTER TABLE public.usuarios OWNER TO postgres;
CREATE SEQUENCE public.usuarios_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.usuarios_id_seq OWNER TO postgres;
ALTER SEQUENCE public.usuarios_id_seq OWNED BY public.usuarios.id;
CREATE TABLE vendas.clientes (
    id integer NOT NULL,
    nome text NOT NULL,
    cpf text,
    desde timestamp with time zone
);
ALTER TABLE vendas.clientes OWNER TO postgres;
ALTER TABLE vendas.clientes ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME vendas.clientes_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
ALTER TABLE ONLY public.auditoria ALTER COLUMN id SET DEFAULT nextval('public.auditoria_id_seq'::regclass);
ALTER TABLE ONLY public.produtos ALTER COLUMN id SET DEFAULT nextval('public.produtos_id_seq'::regclass);
ALTER TABLE ONLY public.usuarios ALTER COLUMN id SET DEFAULT nextval('public.usuarios_id_seq'::regclass);
COPY public.auditoria (id, usuario, texto) FROM stdin;
1	2	entrou às 1 h
2	1	entrou às 2 h
3	2	entrou às 3 h
4	1	entrou às 4 h
5	2	entrou às 5 h
6	1	entrou às 6 h
7	2	entrou às 7 h
8	1	entrou às 8 h
9	2	entrou às 9 h
10	1	entrou às 10 h
11	2	entrou às 11 h
12	1	entrou às 12 h
13	2	entrou às 13 h
14	1	entrou às 14 h
15	2	entrou às 15 h
16	1	entrou às 16 h
17	2	entrou às 17 h
18	1	entrou às 18 h
19	2	entrou às 19 h
20	1	entrou às 20 h
21	2	entrou às 21 h
22	1	entrou às 22 h
23	2	entrou às 23 h
24	1	entrou às 24 h
25	2	entrou às 25 h
26	1	entrou às 26 h
27	2	entrou às 27 h
28	1	entrou às 28 h
29	2	entrou às 29 h
30	1	entrou às 30 h
31	2	entrou às 31 h
32	1	entrou às 32 h
33	2	entrou às 33 h
34	1	entrou às 34 h
35	2	entrou às 35 h
36	1	entrou às 36 h
37	2	entrou às 37 h
38	1	entrou às 38 h
39	2	entrou às 39 h
40	1	entrou às 40 h
41	2	entrou às 41 h
42	1	entrou às 42 h
43	2	entrou às 43 h
44	1	entrou às 44 h
45	2	entrou às 45 h
46	1	entrou às 46 h
47	2	entrou às 47 h
48	1	entrou às 48 h
49	2	entrou às 49 h
50	1	entrou às 50 h
51	2	entrou às 51 h
52	1	entrou às 52 h
53	2	entrou às 53 h
54	1	entrou às 54 h
55	2	entrou às 55 h
56	1	entrou às 56 h
57	2	entrou às 57 h
58	1	entrou às 58 h
59	2	entrou às 59 h
60	1	entrou às 60 h
61	3	depois
\.
COPY public.configuracoes (chave, valor) FROM stdin;
nada	\N
nulo	null
empresa	"outra"
\.
COPY public.feita_depois (a) FROM stdin;
x
\.
COPY public.itens (cliente, produto, quantidade) FROM stdin;
1	2	2
2	3	3
3	4	4
4	5	5
5	6	1
6	7	2
7	8	3
8	9	4
9	10	5
10	11	1
11	12	2
12	13	3
13	14	4
14	15	5
15	16	1
16	17	2
17	18	3
18	19	4
19	20	5
20	21	1
21	22	2
22	23	3
23	24	4
24	25	5
25	26	1
26	27	2
27	28	3
28	29	4
29	30	5
30	31	1
31	32	2
32	33	3
33	34	4
34	35	5
35	36	1
36	37	2
37	38	3
38	39	4
39	40	5
40	41	1
41	42	2
42	43	3
43	44	4
44	45	5
45	46	1
46	47	2
47	48	3
48	49	4
49	50	5
50	51	1
51	52	2
52	53	3
53	54	4
54	55	5
55	56	1
56	57	2
57	58	3
58	59	4
59	60	5
60	1	1
\.
COPY public."preço médio (R$)" ("ano-mês", "valor %", "select") FROM stdin;
2024-01-31	NaN	é\\N
\N	-Infinity	\N
infinity	0.1	
\.
COPY public.produtos (id, nome, preco, tags, e) FROM stdin;
1	Pão\tnº\n1	0.33	{a1,NULL,"vírgula, \\"aspas\\""}	usado
2	Pão\tnº\n2	0.67	{a2,NULL,"vírgula, \\"aspas\\""}	não sei
3	Pão\tnº\n3	1.00	{a3,NULL,"vírgula, \\"aspas\\""}	\N
4	Pão\tnº\n4	1.33	{a4,NULL,"vírgula, \\"aspas\\""}	novo
5	Pão\tnº\n5	1.67	{a5,NULL,"vírgula, \\"aspas\\""}	usado
6	Pão\tnº\n6	2.00	{a6,NULL,"vírgula, \\"aspas\\""}	não sei
7	Pão\tnº\n7	2.33	{a7,NULL,"vírgula, \\"aspas\\""}	\N
8	Pão\tnº\n8	2.67	{a8,NULL,"vírgula, \\"aspas\\""}	novo
9	Pão\tnº\n9	3.00	{a9,NULL,"vírgula, \\"aspas\\""}	usado
10	Pão\tnº\n10	3.33	{a10,NULL,"vírgula, \\"aspas\\""}	não sei
11	Pão\tnº\n11	3.67	{a11,NULL,"vírgula, \\"aspas\\""}	\N
12	Pão\tnº\n12	4.00	{a12,NULL,"vírgula, \\"aspas\\""}	novo
13	Pão\tnº\n13	4.33	{a13,NULL,"vírgula, \\"aspas\\""}	usado
14	Pão\tnº\n14	4.67	{a14,NULL,"vírgula, \\"aspas\\""}	não sei
15	Pão\tnº\n15	5.00	{a15,NULL,"vírgula, \\"aspas\\""}	\N
16	Pão\tnº\n16	5.33	{a16,NULL,"vírgula, \\"aspas\\""}	novo
17	Pão\tnº\n17	5.67	{a17,NULL,"vírgula, \\"aspas\\""}	usado
18	Pão\tnº\n18	6.00	{a18,NULL,"vírgula, \\"aspas\\""}	não sei
19	Pão\tnº\n19	6.33	{a19,NULL,"vírgula, \\"aspas\\""}	\N
20	Pão\tnº\n20	6.67	{a20,NULL,"vírgula, \\"aspas\\""}	novo
21	Pão\tnº\n21	7.00	{a21,NULL,"vírgula, \\"aspas\\""}	usado
22	Pão\tnº\n22	7.33	{a22,NULL,"vírgula, \\"aspas\\""}	não sei
23	Pão\tnº\n23	7.67	{a23,NULL,"vírgula, \\"aspas\\""}	\N
24	Pão\tnº\n24	8.00	{a24,NULL,"vírgula, \\"aspas\\""}	novo
25	Pão\tnº\n25	8.33	{a25,NULL,"vírgula, \\"aspas\\""}	usado
26	Pão\tnº\n26	8.67	{a26,NULL,"vírgula, \\"aspas\\""}	não sei
27	Pão\tnº\n27	9.00	{a27,NULL,"vírgula, \\"aspas\\""}	\N
28	Pão\tnº\n28	9.33	{a28,NULL,"vírgula, \\"aspas\\""}	novo
29	Pão\tnº\n29	9.67	{a29,NULL,"vírgula, \\"aspas\\""}	usado
30	Pão\tnº\n30	10.00	{a30,NULL,"vírgula, \\"aspas\\""}	não sei
31	Pão\tnº\n31	10.33	{a31,NULL,"vírgula, \\"aspas\\""}	\N
32	Pão\tnº\n32	10.67	{a32,NULL,"vírgula, \\"aspas\\""}	novo
33	Pão\tnº\n33	11.00	{a33,NULL,"vírgula, \\"aspas\\""}	usado
34	Pão\tnº\n34	11.33	{a34,NULL,"vírgula, \\"aspas\\""}	não sei
35	Pão\tnº\n35	11.67	{a35,NULL,"vírgula, \\"aspas\\""}	\N
36	Pão\tnº\n36	12.00	{a36,NULL,"vírgula, \\"aspas\\""}	novo
37	Pão\tnº\n37	12.33	{a37,NULL,"vírgula, \\"aspas\\""}	usado
38	Pão\tnº\n38	12.67	{a38,NULL,"vírgula, \\"aspas\\""}	não sei
39	Pão\tnº\n39	13.00	{a39,NULL,"vírgula, \\"aspas\\""}	\N
40	Pão\tnº\n40	13.33	{a40,NULL,"vírgula, \\"aspas\\""}	novo
41	Pão\tnº\n41	13.67	{a41,NULL,"vírgula, \\"aspas\\""}	usado
42	Pão\tnº\n42	14.00	{a42,NULL,"vírgula, \\"aspas\\""}	não sei
43	Pão\tnº\n43	14.33	{a43,NULL,"vírgula, \\"aspas\\""}	\N
44	Pão\tnº\n44	14.67	{a44,NULL,"vírgula, \\"aspas\\""}	novo
45	Pão\tnº\n45	15.00	{a45,NULL,"vírgula, \\"aspas\\""}	usado
46	Pão\tnº\n46	15.33	{a46,NULL,"vírgula, \\"aspas\\""}	não sei
47	Pão\tnº\n47	15.67	{a47,NULL,"vírgula, \\"aspas\\""}	\N
48	Pão\tnº\n48	16.00	{a48,NULL,"vírgula, \\"aspas\\""}	novo
49	Pão\tnº\n49	16.33	{a49,NULL,"vírgula, \\"aspas\\""}	usado
50	Pão\tnº\n50	16.67	{a50,NULL,"vírgula, \\"aspas\\""}	não sei
51	Pão\tnº\n51	17.00	{a51,NULL,"vírgula, \\"aspas\\""}	\N
52	Pão\tnº\n52	17.33	{a52,NULL,"vírgula, \\"aspas\\""}	novo
53	Pão\tnº\n53	17.67	{a53,NULL,"vírgula, \\"aspas\\""}	usado
54	Pão\tnº\n54	18.00	{a54,NULL,"vírgula, \\"aspas\\""}	não sei
55	Pão\tnº\n55	18.33	{a55,NULL,"vírgula, \\"aspas\\""}	\N
56	Pão\tnº\n56	18.67	{a56,NULL,"vírgula, \\"aspas\\""}	novo
57	Pão\tnº\n57	19.00	{a57,NULL,"vírgula, \\"aspas\\""}	usado
58	Pão\tnº\n58	19.33	{a58,NULL,"vírgula, \\"aspas\\""}	não sei
59	Pão\tnº\n59	19.67	{a59,NULL,"vírgula, \\"aspas\\""}	\N
60	Pão\tnº\n60	20.00	{a60,NULL,"vírgula, \\"aspas\\""}	novo
\.
COPY public.produtos_imagem (produto, imagem) FROM stdin;
1	\\xabababababababababababababababababababababababababababababababababababababababa1
2	\\xabababababababababababababababababababababababababababababababababababababababa2
3	\\xabababababababababababababababababababababababababababababababababababababababa3
4	\\xabababababababababababababababababababababababababababababababababababababababa4
5	\N
6	\\xabababababababababababababababababababababababababababababababababababababababa6
7	\\xabababababababababababababababababababababababababababababababababababababababa7
8	\\xabababababababababababababababababababababababababababababababababababababababa8
10	\N
11	\\xabababababababababababababababababababababababababababababababababababababababab
12	\\xabababababababababababababababababababababababababababababababababababababababac
13	\\xabababababababababababababababababababababababababababababababababababababababad
14	\\xabababababababababababababababababababababababababababababababababababababababae
15	\N
16	\\xababababababababababababababababababababababababababababababababababababababab10
17	\\xababababababababababababababababababababababababababababababababababababababab11
18	\\xababababababababababababababababababababababababababababababababababababababab12
19	\\xababababababababababababababababababababababababababababababababababababababab13
20	\N
21	\\xababababababababababababababababababababababababababababababababababababababab15
22	\\xababababababababababababababababababababababababababababababababababababababab16
23	\\xababababababababababababababababababababababababababababababababababababababab17
24	\\xababababababababababababababababababababababababababababababababababababababab18
25	\N
26	\\xababababababababababababababababababababababababababababababababababababababab1a
27	\\xababababababababababababababababababababababababababababababababababababababab1b
28	\\xababababababababababababababababababababababababababababababababababababababab1c
29	\\xababababababababababababababababababababababababababababababababababababababab1d
30	\N
31	\\xababababababababababababababababababababababababababababababababababababababab1f
32	\\xababababababababababababababababababababababababababababababababababababababab20
33	\\xababababababababababababababababababababababababababababababababababababababab21
34	\\xababababababababababababababababababababababababababababababababababababababab22
35	\N
36	\\xababababababababababababababababababababababababababababababababababababababab24
37	\\xababababababababababababababababababababababababababababababababababababababab25
38	\\xababababababababababababababababababababababababababababababababababababababab26
39	\\xababababababababababababababababababababababababababababababababababababababab27
40	\N
41	\\xababababababababababababababababababababababababababababababababababababababab29
42	\\xababababababababababababababababababababababababababababababababababababababab2a
43	\\xababababababababababababababababababababababababababababababababababababababab2b
44	\\xababababababababababababababababababababababababababababababababababababababab2c
45	\N
46	\\xababababababababababababababababababababababababababababababababababababababab2e
47	\\xababababababababababababababababababababababababababababababababababababababab2f
48	\\xababababababababababababababababababababababababababababababababababababababab30
49	\\xababababababababababababababababababababababababababababababababababababababab31
50	\N
51	\\xababababababababababababababababababababababababababababababababababababababab33
52	\\xababababababababababababababababababababababababababababababababababababababab34
53	\\xababababababababababababababababababababababababababababababababababababababab35
54	\\xababababababababababababababababababababababababababababababababababababababab36
55	\N
56	\\xababababababababababababababababababababababababababababababababababababababab38
57	\\xababababababababababababababababababababababababababababababababababababababab39
58	\\xababababababababababababababababababababababababababababababababababababababab3a
59	\\xababababababababababababababababababababababababababababababababababababababab3b
60	\N
9	\\x00
\.
COPY public.usuarios (id, login) FROM stdin;
1	maria
2	josé
3	ana
\.
COPY vendas.clientes (id, nome, cpf, desde) FROM stdin;
2	João Conceição 2	cpf2	2020-01-03 12:34:56.789+00
3	João Conceição 3	cpf3	2020-01-04 12:34:56.789+00
4	João Conceição 4	cpf4	2020-01-05 12:34:56.789+00
5	João Conceição 5	cpf5	2020-01-06 12:34:56.789+00
6	João Conceição 6	cpf6	2020-01-07 12:34:56.789+00
7	João Conceição 7	\N	2020-01-08 12:34:56.789+00
8	João Conceição 8	cpf8	2020-01-09 12:34:56.789+00
9	João Conceição 9	cpf9	2020-01-10 12:34:56.789+00
10	João Conceição 10	cpf10	2020-01-11 12:34:56.789+00
11	João Conceição 11	cpf11	2020-01-12 12:34:56.789+00
12	João Conceição 12	cpf12	2020-01-13 12:34:56.789+00
13	João Conceição 13	cpf13	2020-01-14 12:34:56.789+00
14	João Conceição 14	cpf14	2020-01-15 12:34:56.789+00
15	João Conceição 15	cpf15	2020-01-16 12:34:56.789+00
16	João Conceição 16	cpf16	2020-01-17 12:34:56.789+00
17	João Conceição 17	cpf17	2020-01-18 12:34:56.789+00
18	João Conceição 18	cpf18	2020-01-19 12:34:56.789+00
19	João Conceição 19	cpf19	2020-01-20 12:34:56.789+00
20	João Conceição 20	cpf20	2020-01-21 12:34:56.789+00
21	João Conceição 21	cpf21	2020-01-22 12:34:56.789+00
22	João Conceição 22	cpf22	2020-01-23 12:34:56.789+00
23	João Conceição 23	cpf23	2020-01-24 12:34:56.789+00
24	João Conceição 24	cpf24	2020-01-25 12:34:56.789+00
25	João Conceição 25	cpf25	2020-01-26 12:34:56.789+00
26	João Conceição 26	cpf26	2020-01-27 12:34:56.789+00
27	João Conceição 27	cpf27	2020-01-28 12:34:56.789+00
28	João Conceição 28	cpf28	2020-01-29 12:34:56.789+00
29	João Conceição 29	cpf29	2020-01-30 12:34:56.789+00
30	João Conceição 30	cpf30	2020-01-31 12:34:56.789+00
31	João Conceição 31	cpf31	2020-02-01 12:34:56.789+00
32	João Conceição 32	cpf32	2020-02-02 12:34:56.789+00
33	João Conceição 33	cpf33	2020-02-03 12:34:56.789+00
34	João Conceição 34	cpf34	2020-02-04 12:34:56.789+00
35	João Conceição 35	cpf35	2020-02-05 12:34:56.789+00
36	João Conceição 36	cpf36	2020-02-06 12:34:56.789+00
37	João Conceição 37	cpf37	2020-02-07 12:34:56.789+00
38	João Conceição 38	cpf38	2020-02-08 12:34:56.789+00
39	João Conceição 39	cpf39	2020-02-09 12:34:56.789+00
40	João Conceição 40	cpf40	2020-02-10 12:34:56.789+00
41	João Conceição 41	cpf41	2020-02-11 12:34:56.789+00
42	João Conceição 42	cpf42	2020-02-12 12:34:56.789+00
43	João Conceição 43	cpf43	2020-02-13 12:34:56.789+00
44	João Conceição 44	cpf44	2020-02-14 12:34:56.789+00
45	João Conceição 45	cpf45	2020-02-15 12:34:56.789+00
46	João Conceição 46	cpf46	2020-02-16 12:34:56.789+00
47	João Conceição 47	cpf47	2020-02-17 12:34:56.789+00
48	João Conceição 48	cpf48	2020-02-18 12:34:56.789+00
49	João Conceição 49	cpf49	2020-02-19 12:34:56.789+00
50	João Conceição 50	cpf50	2020-02-20 12:34:56.789+00
51	João Conceição 51	cpf51	2020-02-21 12:34:56.789+00
52	João Conceição 52	cpf52	2020-02-22 12:34:56.789+00
53	João Conceição 53	cpf53	2020-02-23 12:34:56.789+00
54	João Conceição 54	cpf54	2020-02-24 12:34:56.789+00
55	João Conceição 55	cpf55	2020-02-25 12:34:56.789+00
56	João Conceição 56	cpf56	2020-02-26 12:34:56.789+00
57	João Conceição 57	cpf57	2020-02-27 12:34:56.789+00
58	João Conceição 58	cpf58	2020-02-28 12:34:56.789+00
59	João Conceição 59	cpf59	2020-02-29 12:34:56.789+00
60	João Conceição 60	cpf60	2020-03-01 12:34:56.789+00
1	Ana	cpf1	2020-01-02 12:34:56.789+00
\.
SELECT pg_catalog.setval('public.auditoria_id_seq', 61, true);
SELECT pg_catalog.setval('public.produtos_id_seq', 60, true);
SELECT pg_catalog.setval('public.usuarios_id_seq', 3, true);
SELECT pg_catalog.setval('vendas.clientes_id_seq', 60, true);
ALTER TABLE ONLY public.auditoria
    ADD CONSTRAINT auditoria_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.configuracoes
    ADD CONSTRAINT configuracoes_pkey PRIMARY KEY (chave);
ALTER TABLE ONLY public.itens
    ADD CONSTRAINT itens_pkey PRIMARY KEY (cliente, produto);
ALTER TABLE ONLY public.produtos_imagem
    ADD CONSTRAINT produtos_imagem_pkey PRIMARY KEY (produto);
ALTER TABLE ONLY public.produtos
    ADD CONSTRAINT produtos_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.usuarios
    ADD CONSTRAINT usuarios_login_key UNIQUE (login);
ALTER TABLE ONLY public.usuarios
    ADD CONSTRAINT usuarios_pkey PRIMARY KEY (id);
ALTER TABLE ONLY vendas.clientes
    ADD CONSTRAINT clientes_cpf_key UNIQUE (cpf);
ALTER TABLE ONLY vendas.clientes
    ADD CONSTRAINT clientes_pkey PRIMARY KEY (id);
CREATE INDEX itens_produto_idx ON public.itens USING btree (produto);
CREATE INDEX produtos_nome ON public.produtos USING btree (lower(nome));
CREATE INDEX produtos_tags_idx ON public.produtos USING gin (tags);
CREATE UNIQUE INDEX "índice caro" ON public.produtos USING btree (preco, id DESC) WHERE ((preco)::numeric > (10)::numeric);
CREATE TRIGGER produto_apagado AFTER DELETE ON public.produtos FOR EACH ROW EXECUTE FUNCTION public.apagado();
ALTER TABLE ONLY public.auditoria
    ADD CONSTRAINT auditoria_usuario_fkey FOREIGN KEY (usuario) REFERENCES public.usuarios(id);
ALTER TABLE ONLY public.itens
    ADD CONSTRAINT itens_cliente_fkey FOREIGN KEY (cliente) REFERENCES vendas.clientes(id);
ALTER TABLE ONLY public.itens
    ADD CONSTRAINT itens_produto_fkey FOREIGN KEY (produto) REFERENCES public.produtos(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.produtos_imagem
    ADD CONSTRAINT produtos_imagem_produto_fkey FOREIGN KEY (produto) REFERENCES public.produtos(id);
REFRESH MATERIALIZED VIEW public.totais;
\connect postgres
ALTER DATABASE "ceramica" ALLOW_CONNECTIONS true;
CREATE DATABASE "ceramica__hctui_undo" TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C';
\connect "ceramica__hctui_undo"
SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET transaction_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;
SET default_tablespace = '';
SET default_table_access_method = heap;
CREATE TABLE public.itens (
    cliente text,
    produto text,
    quantidade text
);
ALTER TABLE public.itens OWNER TO postgres;
CREATE TABLE public."preço médio (R$)" (
    "ano-mês" text,
    "valor %" text,
    "select" text
);
ALTER TABLE public."preço médio (R$)" OWNER TO postgres;
CREATE TABLE public.produtos (
    id text,
    nome text,
    preco text,
    tags text,
    e text
);
ALTER TABLE public.produtos OWNER TO postgres;
COPY public.itens (cliente, produto, quantidade) FROM stdin;
1	2	2
3	4	4
4	5	5
5	6	1
6	7	2
8	9	4
9	10	5
10	11	1
11	12	2
13	14	4
14	15	5
15	16	1
16	17	2
18	19	4
19	20	5
20	21	1
21	22	2
23	24	4
24	25	5
25	26	1
26	27	2
28	29	4
29	30	5
30	31	1
31	32	2
33	34	4
34	35	5
35	36	1
36	37	2
38	39	4
39	40	5
40	41	1
41	42	2
43	44	4
44	45	5
45	46	1
46	47	2
48	49	4
49	50	5
50	51	1
51	52	2
53	54	4
54	55	5
55	56	1
56	57	2
58	59	4
59	60	5
60	1	1
\.
COPY public."preço médio (R$)" ("ano-mês", "valor %", "select") FROM stdin;
2024-01-31	NaN	é\\N
infinity	0.1	
\.
COPY public.produtos (id, nome, preco, tags, e) FROM stdin;
2	Pão\tnº\n2	0.67	{a2,NULL,"vírgula, \\"aspas\\""}	não sei
4	Pão\tnº\n4	1.33	{a4,NULL,"vírgula, \\"aspas\\""}	novo
6	Pão\tnº\n6	2.00	{a6,NULL,"vírgula, \\"aspas\\""}	não sei
8	Pão\tnº\n8	2.67	{a8,NULL,"vírgula, \\"aspas\\""}	novo
10	Pão\tnº\n10	3.33	{a10,NULL,"vírgula, \\"aspas\\""}	não sei
12	Pão\tnº\n12	4.00	{a12,NULL,"vírgula, \\"aspas\\""}	novo
14	Pão\tnº\n14	4.67	{a14,NULL,"vírgula, \\"aspas\\""}	não sei
16	Pão\tnº\n16	5.33	{a16,NULL,"vírgula, \\"aspas\\""}	novo
18	Pão\tnº\n18	6.00	{a18,NULL,"vírgula, \\"aspas\\""}	não sei
20	Pão\tnº\n20	6.67	{a20,NULL,"vírgula, \\"aspas\\""}	novo
22	Pão\tnº\n22	7.33	{a22,NULL,"vírgula, \\"aspas\\""}	não sei
24	Pão\tnº\n24	8.00	{a24,NULL,"vírgula, \\"aspas\\""}	novo
26	Pão\tnº\n26	8.67	{a26,NULL,"vírgula, \\"aspas\\""}	não sei
28	Pão\tnº\n28	9.33	{a28,NULL,"vírgula, \\"aspas\\""}	novo
30	Pão\tnº\n30	10.00	{a30,NULL,"vírgula, \\"aspas\\""}	não sei
32	Pão\tnº\n32	10.67	{a32,NULL,"vírgula, \\"aspas\\""}	novo
34	Pão\tnº\n34	11.33	{a34,NULL,"vírgula, \\"aspas\\""}	não sei
36	Pão\tnº\n36	12.00	{a36,NULL,"vírgula, \\"aspas\\""}	novo
38	Pão\tnº\n38	12.67	{a38,NULL,"vírgula, \\"aspas\\""}	não sei
40	Pão\tnº\n40	13.33	{a40,NULL,"vírgula, \\"aspas\\""}	novo
42	Pão\tnº\n42	14.00	{a42,NULL,"vírgula, \\"aspas\\""}	não sei
44	Pão\tnº\n44	14.67	{a44,NULL,"vírgula, \\"aspas\\""}	novo
46	Pão\tnº\n46	15.33	{a46,NULL,"vírgula, \\"aspas\\""}	não sei
48	Pão\tnº\n48	16.00	{a48,NULL,"vírgula, \\"aspas\\""}	novo
50	Pão\tnº\n50	16.67	{a50,NULL,"vírgula, \\"aspas\\""}	não sei
52	Pão\tnº\n52	17.33	{a52,NULL,"vírgula, \\"aspas\\""}	novo
54	Pão\tnº\n54	18.00	{a54,NULL,"vírgula, \\"aspas\\""}	não sei
56	Pão\tnº\n56	18.67	{a56,NULL,"vírgula, \\"aspas\\""}	novo
58	Pão\tnº\n58	19.33	{a58,NULL,"vírgula, \\"aspas\\""}	não sei
60	Pão\tnº\n60	20.00	{a60,NULL,"vírgula, \\"aspas\\""}	novo
1	novo Pão\tnº\n1	0.33	{a1,NULL,"vírgula, \\"aspas\\""}	usado
3	novo Pão\tnº\n3	1.00	{a3,NULL,"vírgula, \\"aspas\\""}	\N
5	novo Pão\tnº\n5	1.67	{a5,NULL,"vírgula, \\"aspas\\""}	usado
7	novo Pão\tnº\n7	2.33	{a7,NULL,"vírgula, \\"aspas\\""}	\N
9	novo Pão\tnº\n9	3.00	{a9,NULL,"vírgula, \\"aspas\\""}	usado
11	novo Pão\tnº\n11	3.67	{a11,NULL,"vírgula, \\"aspas\\""}	\N
13	novo Pão\tnº\n13	4.33	{a13,NULL,"vírgula, \\"aspas\\""}	usado
15	novo Pão\tnº\n15	5.00	{a15,NULL,"vírgula, \\"aspas\\""}	\N
17	novo Pão\tnº\n17	5.67	{a17,NULL,"vírgula, \\"aspas\\""}	usado
19	novo Pão\tnº\n19	6.33	{a19,NULL,"vírgula, \\"aspas\\""}	\N
21	novo Pão\tnº\n21	7.00	{a21,NULL,"vírgula, \\"aspas\\""}	usado
23	novo Pão\tnº\n23	7.67	{a23,NULL,"vírgula, \\"aspas\\""}	\N
25	novo Pão\tnº\n25	8.33	{a25,NULL,"vírgula, \\"aspas\\""}	usado
27	novo Pão\tnº\n27	9.00	{a27,NULL,"vírgula, \\"aspas\\""}	\N
29	novo Pão\tnº\n29	9.67	{a29,NULL,"vírgula, \\"aspas\\""}	usado
31	novo Pão\tnº\n31	10.33	{a31,NULL,"vírgula, \\"aspas\\""}	\N
33	novo Pão\tnº\n33	11.00	{a33,NULL,"vírgula, \\"aspas\\""}	usado
35	novo Pão\tnº\n35	11.67	{a35,NULL,"vírgula, \\"aspas\\""}	\N
37	novo Pão\tnº\n37	12.33	{a37,NULL,"vírgula, \\"aspas\\""}	usado
39	novo Pão\tnº\n39	13.00	{a39,NULL,"vírgula, \\"aspas\\""}	\N
41	novo Pão\tnº\n41	13.67	{a41,NULL,"vírgula, \\"aspas\\""}	usado
43	novo Pão\tnº\n43	14.33	{a43,NULL,"vírgula, \\"aspas\\""}	\N
45	novo Pão\tnº\n45	15.00	{a45,NULL,"vírgula, \\"aspas\\""}	usado
47	novo Pão\tnº\n47	15.67	{a47,NULL,"vírgula, \\"aspas\\""}	\N
49	novo Pão\tnº\n49	16.33	{a49,NULL,"vírgula, \\"aspas\\""}	usado
51	novo Pão\tnº\n51	17.00	{a51,NULL,"vírgula, \\"aspas\\""}	\N
53	novo Pão\tnº\n53	17.67	{a53,NULL,"vírgula, \\"aspas\\""}	usado
55	novo Pão\tnº\n55	18.33	{a55,NULL,"vírgula, \\"aspas\\""}	\N
57	novo Pão\tnº\n57	19.00	{a57,NULL,"vírgula, \\"aspas\\""}	usado
59	novo Pão\tnº\n59	19.67	{a59,NULL,"vírgula, \\"aspas\\""}	\N
\.
\connect postgres
COMMENT ON DATABASE "ceramica__hctui_undo" IS E'{"hctui":"undo","database":"ceramica","made":"2026-11-28T02:53:31.080212Z","origin":"postgresql.bkb","kind":"tables","tables":["itens","preço médio (R$)","produtos"],"comment":null,"closed":false,"created":{},"dropped":{}}';
ALTER DATABASE "ceramica__hctui_undo" ALLOW_CONNECTIONS true;
