// Package redis is a [cluster.Engine] over Redis 6.2 or newer, or what speaks its protocol
// and has its scripts and streams, as Valkey: one server, one with replicas and Sentinels,
// or a Redis Cluster. It makes no decision of its own about what it carries.
//
// # What is stored where
//
// All begins with the prefix, "edgeboard", and what belongs together has the same name in
// braces, so that a Redis Cluster keeps it on one node:
//
//	edgeboard:{LOG}:log           stream: the entries. The ID is POSITION-0; fields from, key, tag, data
//	edgeboard:{LOG}:state         hash: last (position), tag (of the last entry), trimmed (position),
//	                              and of the snapshot revision, through, snapshot (its name), size
//	edgeboard:{LOG}:keys          hash: the last position of each key (of the Journal)
//	                              that has entries, or had until a while ago
//	edgeboard:{LOG}:NAME:N        a snapshot's part of 1 MiB
//	edgeboard:{lease.NAME}:who    a lease, until it lapses
//	edgeboard:{blob.NAME}:blob    a blob: its upload's name and its size
//	edgeboard:{blob.NAME}:UPLOAD:N  its parts of 1 MiB
//	edgeboard:{cluster}:incarnation, edgeboard:{cluster}:pinged
//
// Logs are journal and b.BOARD. What is told goes by channels of Pub/Sub: that of a log has
// the name of its stream, others are edgeboard:subject:SUBJECT. Parts that are uploaded
// lapse after ten minutes, unless the snapshot or the blob comes to be; parts of what was
// replaced or dropped a minute later, for who still reads them.
//
// # Stored, then told
//
// An entry is taken by one script: it compares what is expected, takes the next position,
// adds the entry, and publishes it. With appendonly yes and appendfsync always Redis
// writes and syncs its file after the commands that it has read, before it writes answers
// and messages, all in one thread: so neither who appends nor who follows hears of an
// entry before it is on the disk. One exception is in Redis itself: a follower that is
// behind by more than fits into its socket is written to when its socket takes more,
// which may be in the same turn as the script, before the file. If Redis is killed in just
// that turn such a follower has heard an entry that is not stored. Then the same is done
// as for a Redis that has gone back.
//
// A Redis goes back if it forgets the last of what it had acknowledged: one without
// appendfsync always that loses power, or a replica that takes over (its primary tells it
// of entries after it has acknowledged them; WAIT does not change that). The positions
// are taken a second time. So each entry has a tag, its own random number. When an engine
// is connected again it compares the last entries that it knows of each log that it
// follows, and if one is not there it gives Redis another incarnation; by that every
// relay gives what it has. What no relay that was running then knew of is lost.
//
// # What an operator sets
//
//	appendonly yes
//	appendfsync always
//	maxmemory-policy noeviction    (and memory for all boards: Redis keeps all of it there)
//
// Without them a warning is logged. Redis is to have no other users that reach keys and
// channels of the prefix. A user of its own needs ~edgeboard:*, &edgeboard:* and the
// commands EVAL, EVALSHA, SCRIPT LOAD, those on strings, hashes and streams that are named
// in script.go, and those of Pub/Sub; CONFIG GET and INFO are of use, and not needed.
//
// # What a message costs
//
// An entry takes about 50 bytes of Redis' memory besides its data, until a snapshot takes
// its place, and 300 of its disk, until it rewrites its file. An Append is one command
// of about 260 bytes besides the data, and 900 more once in a batch that has several
// entries of a log, for the script; each relay that follows the log is sent about 120
// besides the data. Appends that come while others are under way share a round trip, and
// one sync of the disk. What is published is one command of about 60 bytes, and stored
// nowhere. In a Redis Cluster each message passes between all nodes.
package redis
