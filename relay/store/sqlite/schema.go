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
	// 5: images, by what they are. The pieces of a blob are in the table of those of
	// snapshots, and go the same way. A use says that a board has put it, and may
	// read it; a blob without uses is removed with the last of them.
	`
CREATE TABLE blobs (
	id     INTEGER PRIMARY KEY,
	hash   BLOB NOT NULL UNIQUE, -- SHA-256
	media  TEXT NOT NULL,
	size   INTEGER NOT NULL, -- bytes
	piece  INTEGER NOT NULL, -- the first of so many
	pieces INTEGER NOT NULL,
	sum    INTEGER NOT NULL -- CRC-32C of the rest of the row
) STRICT;
CREATE TABLE uses (
	board  INTEGER NOT NULL REFERENCES boards (id),
	blob   INTEGER NOT NULL REFERENCES blobs (id),
	missed INTEGER NOT NULL, -- since when the board does not mention it, milliseconds since 1970 UTC; 0: it may
	PRIMARY KEY (board, blob)
) STRICT, WITHOUT ROWID;
CREATE INDEX uses_of_blobs ON uses (blob);
`,
	// 6: the past of boards. Updates of a board are counted from 1 on; at is how many
	// came before.
	`
ALTER TABLE boards ADD COLUMN updates INTEGER NOT NULL DEFAULT 0; -- how many were ever appended; those before version 6: since the snapshot
ALTER TABLE boards ADD COLUMN at      INTEGER NOT NULL DEFAULT 0; -- how many of them its snapshot has
ALTER TABLE updates ADD COLUMN time INTEGER NOT NULL DEFAULT 0; -- when it was stored, milliseconds since 1970 UTC; 0: from before version 6
UPDATE boards SET updates = (
	WITH RECURSIVE chain (n) AS (
		SELECT boards.last WHERE boards.last > 0
		UNION SELECT previous FROM chain JOIN updates USING (n) WHERE previous > 0)
	SELECT count(*) FROM chain);
CREATE TABLE leaving ( -- updates that a snapshot has replaced, on their way into segments
	n     INTEGER PRIMARY KEY,
	board INTEGER NOT NULL,
	at    INTEGER NOT NULL,
	upto  INTEGER NOT NULL, -- those counted from at+1 to this
	last  INTEGER NOT NULL -- of the updates, in the log
) STRICT;
CREATE TABLE segments ( -- updates of the past
	n       INTEGER PRIMARY KEY,
	board   INTEGER NOT NULL,
	at      INTEGER NOT NULL,
	updates INTEGER NOT NULL, -- how many it has
	since   INTEGER NOT NULL, -- when the first was stored, and the last
	until   INTEGER NOT NULL,
	bytes   INTEGER NOT NULL, -- what data unpacks to
	sum     INTEGER NOT NULL,
	data    BLOB NOT NULL, -- by DEFLATE; of each update the time less that of the one before, its length and bytes
	UNIQUE (board, at)
) STRICT;
CREATE TABLE keyframes ( -- snapshots that once were the board's own
	board  INTEGER NOT NULL,
	at     INTEGER NOT NULL,
	time   INTEGER NOT NULL, -- of the last update in it; 0: not known
	piece  INTEGER NOT NULL,
	pieces INTEGER NOT NULL, -- 0: the empty board
	PRIMARY KEY (board, at)
) STRICT, WITHOUT ROWID;
CREATE TABLE versions ( -- snapshots that have a name
	board  INTEGER NOT NULL,
	id     INTEGER NOT NULL,
	at     INTEGER NOT NULL,
	time   INTEGER NOT NULL, -- when it was named
	name   TEXT NOT NULL,
	author TEXT NOT NULL,
	piece  INTEGER NOT NULL,
	pieces INTEGER NOT NULL,
	sum    INTEGER NOT NULL, -- CRC-32C of the rest of the row
	PRIMARY KEY (board, id)
) STRICT, WITHOUT ROWID;
`,
	// 7: what people say to each other. Nothing has ever used the tables of version 3.
	//
	// The rows of a conversation are in the order of their stamps, so that those found
	// are told the last first without being sorted. The texts are in two indexes: of
	// trigrams, which find any part of a text, and of all that is shorter, since most
	// words of Chinese have two characters, and of the seams of words (see grams). Both find in one conversation
	// alone: the first by a trigram of the conversation's own, the second by terms that
	// begin with its number.
	`
DROP TABLE messages_text;
DROP TABLE messages;
CREATE TABLE talks (
	id      INTEGER PRIMARY KEY,
	key     TEXT NOT NULL UNIQUE,
	clock   INTEGER NOT NULL, -- the greatest stamp
	last    INTEGER NOT NULL, -- that of the last message
	changed INTEGER NOT NULL, -- and of the last change of one
	sum     INTEGER NOT NULL  -- CRC-32C of the rest of the row, as in the tables below
) STRICT;
CREATE TABLE messages (
	key     INTEGER PRIMARY KEY,
	talk    INTEGER NOT NULL,
	stamp   INTEGER NOT NULL,
	changed INTEGER NOT NULL,
	id      BLOB NOT NULL, -- which the author gave it: one that comes twice is known by it
	author  BLOB NOT NULL,
	gone    INTEGER NOT NULL, -- 1: it was taken back
	sum     INTEGER NOT NULL,
	data    BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX messages_ids ON messages (talk, id);
CREATE INDEX messages_stamps ON messages (talk, stamp, author, gone); -- with all that counts unread ones
CREATE INDEX messages_changes ON messages (talk, changed);
CREATE TABLE changes ( -- the IDs of what changed messages
	n     INTEGER PRIMARY KEY,
	talk  INTEGER NOT NULL,
	id    BLOB NOT NULL,
	stamp INTEGER NOT NULL, -- about when
	UNIQUE (talk, id)
) STRICT;
CREATE TABLE sides ( -- who takes part in a conversation, or has read in it
	person BLOB NOT NULL,
	talk   INTEGER NOT NULL,
	other  BLOB NOT NULL, -- with whom; empty: it is a board's
	read   INTEGER NOT NULL, -- the stamp up to which
	sum    INTEGER NOT NULL,
	PRIMARY KEY (person, talk)
) STRICT, WITHOUT ROWID;
CREATE TABLE persons ( -- who has a conversation with another
	person BLOB PRIMARY KEY NOT NULL,
	name   TEXT NOT NULL,
	sum    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE VIRTUAL TABLE messages_text USING fts5 (talk, text, content = '', contentless_delete = 1, tokenize = 'trigram remove_diacritics 1');
CREATE VIRTUAL TABLE messages_grams USING fts5 (grams, content = '', contentless_delete = 1, detail = none, tokenize = 'ascii');
`,
	// 8: persons' inboxes, and what of them is to be delivered.
	//
	// Without rowids: a page of an inbox is a few pages of the file, whoever else had
	// something in between. Only what was not read is in the indexes that look for it,
	// and what was read in that of what may be forgotten: to read an entry moves it.
	`
CREATE TABLE inboxes (
	person  BLOB PRIMARY KEY NOT NULL,
	last    INTEGER NOT NULL, -- the greatest place that there ever was
	held    INTEGER NOT NULL, -- how many entries there are
	unread  INTEGER NOT NULL, -- and of these were not read
	version INTEGER NOT NULL, -- how often it has changed
	sum     INTEGER NOT NULL  -- CRC-32C of the rest of the row, as in the tables below
) STRICT, WITHOUT ROWID;
CREATE TABLE entries (
	person BLOB NOT NULL,
	seq    INTEGER NOT NULL, -- its place: 1, 2, 3 ...
	source BLOB NOT NULL,    -- what it is about: what comes twice is known by it
	talk   TEXT NOT NULL,    -- the key of the conversation; empty: it is about none
	stamp  INTEGER NOT NULL,
	time   INTEGER NOT NULL, -- when it was stored, milliseconds since 1970 UTC
	read   INTEGER NOT NULL, -- 1: it was
	sum    INTEGER NOT NULL, -- without read, which is bit 32 of it
	data   BLOB NOT NULL,
	PRIMARY KEY (person, seq)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX entries_sources ON entries (source, person);
CREATE INDEX entries_unread ON entries (person, seq) WHERE read = 0;
CREATE INDEX entries_talks ON entries (person, talk, stamp) WHERE read = 0 AND talk <> '';
CREATE INDEX entries_read ON entries (time) WHERE read = 1;
CREATE TABLE deliveries (
	id     INTEGER PRIMARY KEY AUTOINCREMENT, -- none is used again: who delivers may be late
	target TEXT NOT NULL,
	person BLOB NOT NULL,
	seq    INTEGER NOT NULL, -- the entry's
	due    INTEGER NOT NULL, -- milliseconds since 1970 UTC
	tries  INTEGER NOT NULL,
	since  INTEGER NOT NULL, -- when it was put
	sum    INTEGER NOT NULL
) STRICT;
CREATE INDEX deliveries_due ON deliveries (due);
CREATE INDEX deliveries_entries ON deliveries (person, seq);
`,
	// 9: the journal of a cluster, and what was done while it was not reached.
	`
CREATE TABLE journal ( -- one row: how far it was applied
	one  INTEGER PRIMARY KEY CHECK (one = 1),
	name TEXT NOT NULL,
	at   INTEGER NOT NULL,
	sum  INTEGER NOT NULL
) STRICT;
CREATE TABLE spooled ( -- what was done meanwhile, in order
	n   INTEGER PRIMARY KEY,
	was TEXT NOT NULL, -- what it has changed, as that was before
	sum INTEGER NOT NULL
) STRICT;
`,
}
