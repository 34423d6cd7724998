// Package compat holds what docs/compatibility.md promises: what released versions have
// written and said, this one reads and understands. It is made of tests alone.
//
// Each folder of testdata is the record of a release, made at the release by
//
//	go test ./scripts/compat -run '^TestRecord$' -record 1.0.0
//
// and never changed afterwards: SHA256SUMS in it says so. What it has
//
//	frames.jsonl       frames of every kind: bytes, and what they say as JSON
//	wire.binpb         edgeboard.proto, as a FileDescriptorSet
//	session.jsonl      a connection of a client, both ways
//	updates.bin, snapshot.bin, document.json
//	                   a document: each update, its snapshot, and what it shows
//	later.bin          an update with operations that the version did not know
//	board.json, board.excalidraw
//	keep/              a folder of client/keepfile, with changes that no relay has
//	data.db.gz         the database of a relay that was stopped
//	backup.db.gz       a backup of it while people were there
//	redis.jsonl.gz     what relays of a cluster have put into Redis
//	*-answers.json.gz  what a relay with these answers, and what clients see there; tokens,
//	                   and an invite that lets in
//	given.jsonl        records of what a relay has given out, with sessions, which do not last
//	secret             the operator's key that the tokens are signed with
//	nats.txt           entries as they are stored in NATS
//	journal.json       a Journal that was shortened
//	boards.zip         a backup by boardctl
//	openapi.txt.gz, metrics.txt, relay-flags.txt, boardctl-flags.txt, api.txt.gz
//	                   names that others rely on, one a line
//
// Flags, metrics, backups of boardctl, the Journal and entries of NATS are compared by tests
// where they are made: TestReleasesStay in relay, relay/metrics, boardctl, relay/cluster and
// relay/cluster/nats.
package compat
