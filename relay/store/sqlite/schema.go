package sqlite

// schemaVersion is kept in the file's user_version. Version n of the schema is
// what migrations[:n] make.
const schemaVersion = len(migrations)

var migrations = [...]string{
	// 1
	`
CREATE TABLE boards (
	id   INTEGER PRIMARY KEY,
	name TEXT NOT NULL UNIQUE
) STRICT;
CREATE TABLE updates (
	board INTEGER NOT NULL REFERENCES boards (id),
	n     INTEGER NOT NULL, -- 1, 2, 3 ... in the order they were stored
	data  BLOB NOT NULL,
	PRIMARY KEY (board, n)
) STRICT, WITHOUT ROWID;
`,
	// 2: a log of all boards, and snapshots. The checksums are CRC-32C of data.
	`
ALTER TABLE boards ADD COLUMN last   INTEGER NOT NULL DEFAULT 0; -- its last update; 0: none since the snapshot
ALTER TABLE boards ADD COLUMN piece  INTEGER NOT NULL DEFAULT 0; -- the first of its snapshot
ALTER TABLE boards ADD COLUMN pieces INTEGER NOT NULL DEFAULT 0; -- how many, one after the other; 0: no snapshot
ALTER TABLE updates RENAME TO sorted;
CREATE TABLE updates (
	n        INTEGER PRIMARY KEY, -- in the order they were stored
	board    INTEGER NOT NULL,    -- checked by who writes, not by a foreign key: that is one more search for each
	previous INTEGER NOT NULL,    -- update of the board; 0: none
	sum      INTEGER,             -- null: from version 1
	data     BLOB NOT NULL
) STRICT;
INSERT INTO updates (n, board, previous, data)
	SELECT row_number() OVER log, board, CASE WHEN lag(board) OVER log = board THEN row_number() OVER log - 1 ELSE 0 END, data
	FROM sorted WINDOW log AS (ORDER BY board, n);
UPDATE boards SET last = coalesce((SELECT max(n) FROM updates WHERE board = id), 0)
	WHERE id IN (SELECT board FROM updates);
DROP TABLE sorted;
CREATE TABLE pieces (
	n    INTEGER PRIMARY KEY,
	sum  INTEGER NOT NULL,
	data BLOB NOT NULL
) STRICT;
CREATE TABLE garbage ( -- nobody reads it again
	n      INTEGER PRIMARY KEY,
	last   INTEGER NOT NULL, -- this update and those before it of its board; 0: none
	piece  INTEGER NOT NULL, -- the first of so many pieces
	pieces INTEGER NOT NULL
) STRICT;
`,
	// 3: what is said on boards. The chat will keep it here and search it.
	//
	// Trigrams find what any part of a message is, as Chinese needs, which has
	// no spaces between words; words of English are found as well. What is
	// shorter than three characters is searched for with LIKE.
	`
CREATE TABLE messages (
	key    INTEGER PRIMARY KEY,
	board  INTEGER NOT NULL REFERENCES boards (id),
	n      INTEGER NOT NULL, -- 1, 2, 3 ... in the order they were stored
	id     BLOB NOT NULL,    -- which the author gave it: one that comes twice is known by it
	author TEXT NOT NULL,
	time   INTEGER NOT NULL, -- when it was stored, milliseconds since 1970 UTC
	text   TEXT NOT NULL,
	UNIQUE (board, n),
	UNIQUE (board, id)
) STRICT;
CREATE VIRTUAL TABLE messages_text USING fts5 (text, content = 'messages', content_rowid = 'key', tokenize = 'trigram remove_diacritics 1');
CREATE TRIGGER messages_inserted AFTER INSERT ON messages BEGIN
	INSERT INTO messages_text (rowid, text) VALUES (new.key, new.text);
END;
CREATE TRIGGER messages_deleted AFTER DELETE ON messages BEGIN
	INSERT INTO messages_text (messages_text, rowid, text) VALUES ('delete', old.key, old.text);
END;
CREATE TRIGGER messages_changed AFTER UPDATE OF key, text ON messages BEGIN
	INSERT INTO messages_text (messages_text, rowid, text) VALUES ('delete', old.key, old.text);
	INSERT INTO messages_text (rowid, text) VALUES (new.key, new.text);
END;
`,
	// 4: what the relay remembers beside boards: keys, sessions, invites, people,
	// what was revoked.
	//
	// Without rowids: a record is looked for by its key alone, so that table and
	// index are one, and a change writes one page and not two. Most have some
	// hundred bytes; what is longer goes to pages of its own, as elsewhere. The
	// checksum is CRC-32C of all that the row has. Keys are blobs: they are
	// compared byte by byte, and may be any.
	`
CREATE TABLE records (
	kind  TEXT NOT NULL,
	key   BLOB NOT NULL,
	until INTEGER NOT NULL, -- when it is over, milliseconds since 1970 UTC; 0: never
	sum   INTEGER NOT NULL,
	value BLOB NOT NULL,
	PRIMARY KEY (kind, key)
) STRICT, WITHOUT ROWID;
`,
}
