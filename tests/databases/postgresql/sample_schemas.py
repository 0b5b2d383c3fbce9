"""Schemas like two well-known samples: Chinook with its names and keys; sakila with types, functions, views and partitions."""

CHINOOK = """
CREATE TABLE "Artist" ("ArtistId" int NOT NULL, "Name" varchar(120), CONSTRAINT "PK_Artist" PRIMARY KEY ("ArtistId"));
CREATE TABLE "Album" ("AlbumId" int NOT NULL, "Title" varchar(160) NOT NULL, "ArtistId" int NOT NULL,
  CONSTRAINT "PK_Album" PRIMARY KEY ("AlbumId"));
CREATE TABLE "MediaType" ("MediaTypeId" int PRIMARY KEY, "Name" varchar(120));
CREATE TABLE "Genre" ("GenreId" int PRIMARY KEY, "Name" varchar(120));
CREATE TABLE "Track" ("TrackId" int PRIMARY KEY, "Name" varchar(200) NOT NULL, "AlbumId" int, "MediaTypeId" int NOT NULL,
  "GenreId" int, "Composer" varchar(220), "Milliseconds" int NOT NULL, "Bytes" int, "UnitPrice" numeric(10, 2) NOT NULL);
CREATE TABLE "Playlist" ("PlaylistId" int PRIMARY KEY, "Name" varchar(120));
CREATE TABLE "PlaylistTrack" ("PlaylistId" int NOT NULL, "TrackId" int NOT NULL, PRIMARY KEY ("PlaylistId", "TrackId"));
CREATE TABLE "Employee" ("EmployeeId" int PRIMARY KEY, "LastName" varchar(20) NOT NULL, "ReportsTo" int, "BirthDate" timestamp);
CREATE TABLE "Customer" ("CustomerId" int PRIMARY KEY, "FirstName" varchar(40) NOT NULL, "SupportRepId" int);
CREATE TABLE "Invoice" ("InvoiceId" int PRIMARY KEY, "CustomerId" int NOT NULL, "InvoiceDate" timestamp NOT NULL,
  "Total" numeric(10, 2) NOT NULL);
CREATE TABLE "InvoiceLine" ("InvoiceLineId" int PRIMARY KEY, "InvoiceId" int NOT NULL, "TrackId" int NOT NULL, "Quantity" int);
INSERT INTO "Artist" SELECT n, 'Artista ' || n FROM generate_series(1, 50) n;
INSERT INTO "Album" SELECT n, 'Título “' || n || '”', 1 + n % 50 FROM generate_series(1, 100) n;
INSERT INTO "MediaType" VALUES (1, 'MPEG audio file'), (2, 'AAC'); INSERT INTO "Genre" VALUES (1, 'Samba'), (2, 'Baião');
INSERT INTO "Track" SELECT n, 'Faixa ' || n, 1 + n % 100, 1 + n % 2, 1 + n % 2, NULLIF('C' || n % 9, 'C0'), n * 1000, n, 0.99
  FROM generate_series(1, 2000) n;
INSERT INTO "Playlist" VALUES (1, 'Música'), (2, NULL);
INSERT INTO "PlaylistTrack" SELECT 1 + n % 2, n FROM generate_series(1, 1000) n;
INSERT INTO "Employee" VALUES (1, 'Adams', NULL, '1962-02-18'), (2, 'Edwards', 1, NULL), (3, 'Peacock', 2, '1973-08-29');
INSERT INTO "Customer" SELECT n, 'Luís ' || n, 1 + n % 3 FROM generate_series(1, 60) n;
INSERT INTO "Invoice" SELECT n, 1 + n % 60, timestamp '2021-01-01' + n * interval '7 h', n / 3.0 FROM generate_series(1, 400) n;
INSERT INTO "InvoiceLine" SELECT n, 1 + n % 400, 1 + n % 2000, 1 FROM generate_series(1, 2200) n;
ALTER TABLE "Album" ADD CONSTRAINT "FK_AlbumArtistId" FOREIGN KEY ("ArtistId") REFERENCES "Artist" ("ArtistId");
ALTER TABLE "Track" ADD FOREIGN KEY ("AlbumId") REFERENCES "Album", ADD FOREIGN KEY ("GenreId") REFERENCES "Genre",
  ADD FOREIGN KEY ("MediaTypeId") REFERENCES "MediaType";
ALTER TABLE "PlaylistTrack" ADD FOREIGN KEY ("PlaylistId") REFERENCES "Playlist",
  ADD FOREIGN KEY ("TrackId") REFERENCES "Track";
ALTER TABLE "Employee" ADD FOREIGN KEY ("ReportsTo") REFERENCES "Employee";
ALTER TABLE "Customer" ADD FOREIGN KEY ("SupportRepId") REFERENCES "Employee";
ALTER TABLE "Invoice" ADD FOREIGN KEY ("CustomerId") REFERENCES "Customer" ON DELETE NO ACTION ON UPDATE NO ACTION;
ALTER TABLE "InvoiceLine" ADD FOREIGN KEY ("InvoiceId") REFERENCES "Invoice", ADD FOREIGN KEY ("TrackId") REFERENCES "Track";
CREATE INDEX "IFK_AlbumArtistId" ON "Album" ("ArtistId"); CREATE INDEX "IFK_TrackAlbumId" ON "Track" ("AlbumId");
CREATE INDEX "IFK_InvoiceLineTrackId" ON "InvoiceLine" ("TrackId");
"""
SAKILA = """
CREATE TYPE mpaa_rating AS ENUM ('G', 'PG', 'PG-13', 'R', 'NC-17');
CREATE DOMAIN year AS integer CONSTRAINT year_check CHECK (VALUE >= 1901 AND VALUE <= 2155);
CREATE FUNCTION _group_concat(text, text) RETURNS text LANGUAGE sql IMMUTABLE AS
  $$ SELECT CASE WHEN $2 IS NULL THEN $1 WHEN $1 IS NULL THEN $2 ELSE $1 || ', ' || $2 END $$;
CREATE AGGREGATE group_concat(text) (sfunc = _group_concat, stype = text);
CREATE SEQUENCE film_film_id_seq START 1000;
CREATE TABLE actor (actor_id serial PRIMARY KEY, first_name varchar(45) NOT NULL, last_update timestamp DEFAULT now() NOT NULL);
CREATE TABLE film (film_id int DEFAULT nextval('film_film_id_seq') NOT NULL PRIMARY KEY, title varchar(255) NOT NULL,
  release_year year, length smallint, rating mpaa_rating DEFAULT 'G', special_features text[], fulltext tsvector NOT NULL,
  last_update timestamp NOT NULL DEFAULT now());
ALTER SEQUENCE film_film_id_seq OWNED BY film.film_id;
CREATE TABLE film_actor (actor_id int REFERENCES actor ON UPDATE CASCADE ON DELETE RESTRICT, film_id int
  REFERENCES film ON UPDATE CASCADE ON DELETE RESTRICT, PRIMARY KEY (actor_id, film_id));
CREATE TABLE payment (payment_id serial, film_id int REFERENCES film, amount numeric(5, 2) NOT NULL, payment_date timestamptz,
  PRIMARY KEY (payment_date, payment_id)) PARTITION BY RANGE (payment_date);
CREATE TABLE payment_p2022_01 PARTITION OF payment FOR VALUES FROM ('2022-01-01') TO ('2022-02-01');
CREATE TABLE payment_p2022_02 PARTITION OF payment FOR VALUES FROM ('2022-02-01') TO ('2022-03-01');
CREATE FUNCTION last_updated() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN NEW.last_update = CURRENT_TIMESTAMP; RETURN NEW; END $$;
CREATE TRIGGER last_updated BEFORE UPDATE ON film FOR EACH ROW EXECUTE FUNCTION last_updated();
CREATE TRIGGER film_fulltext_trigger BEFORE INSERT OR UPDATE ON film FOR EACH ROW
  EXECUTE FUNCTION tsvector_update_trigger('fulltext', 'pg_catalog.portuguese', 'title');
CREATE RULE payment_nada AS ON DELETE TO payment_p2022_01 DO INSTEAD NOTHING;
CREATE INDEX film_fulltext_idx ON film USING gist (fulltext); CREATE INDEX ON payment (film_id);
INSERT INTO actor(first_name) SELECT 'PENÉLOPE ' || n FROM generate_series(1, 200) n;
INSERT INTO film(title, release_year, length, rating, special_features) SELECT 'CORAÇÃO ' || n, 1990 + n % 30, n % 180,
  (ARRAY['G', 'PG', 'PG-13', 'R', 'NC-17'])[1 + n % 5]::mpaa_rating, ARRAY['Trailers', 'Cenas "cortadas", {2}'] FROM
  generate_series(1, 1000) n;
INSERT INTO film_actor SELECT 1 + n % 200, 1000 + n FROM generate_series(0, 999) n;
INSERT INTO payment(film_id, amount, payment_date) SELECT 1000 + n % 1000, n % 90 + 0.99,
  timestamptz '2022-01-01' + n * interval '1 h' FROM generate_series(1, 1300) n;
CREATE VIEW film_list AS SELECT f.film_id, f.title, group_concat(a.first_name) AS actors FROM film f
  LEFT JOIN film_actor USING (film_id) LEFT JOIN actor a USING (actor_id) GROUP BY f.film_id;
CREATE MATERIALIZED VIEW rental_by_rating AS
  SELECT rating, sum(amount) AS total FROM payment JOIN film USING (film_id) GROUP BY 1;
CREATE UNIQUE INDEX rental_rating ON rental_by_rating (rating);
CREATE FUNCTION film_in_stock(p_film int, OUT n int) RETURNS SETOF int LANGUAGE sql AS
  $_$ SELECT film_id FROM film WHERE film_id = $1 $_$;
"""
