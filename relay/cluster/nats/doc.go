// Package nats is an engine of a cluster over NATS JetStream. All that is promised is the
// server's; here is what is stored where, and what is done when it fails.
//
// # What is stored where
//
// PREFIX is edgeboard, unless the URL says otherwise (Open). The streams are made by the
// relay that comes first, on three servers where there is a cluster, and made again by
// whichever relay finds that they are gone. Their metadata has a random name, so that an
// engine that has lost its data is known to be another one.
//
//	PREFIX_BOARDS     PREFIX.b.BOARD       updates; a log is a subject, a position a sequence
//	PREFIX_JOURNAL    PREFIX.j.HASH        the Journal, by the hash of an entry's key
//	PREFIX_SNAPSHOTS  PREFIX.s.BOARD       a snapshot, or what says where its chunks are;
//	                                       that of the Journal is ~journal's
//	                  PREFIX.c.BOARD.ID.N  chunks
//	                  PREFIX.ping.RELAY    a byte, by which a relay knows that it can store
//	PREFIX_LEASES     PREFIX.l.LEASE       who has it; gone after cluster.LeaseTime
//	OBJ_PREFIX_blobs                       an object store
//	not stored        PREFIX.t.b.BOARD     what the server tells after having stored it
//	                  PREFIX.t.j.HASH
//	                  PREFIX.m.SUBJECT     messages between relays
//
// A stream tells what it has stored by itself (republish), with the sequence and that of
// the entry before it. So a board that is open costs the server a subscription for each
// relay that has it open, and no consumer. What depends on what there was (entries with
// Expect, snapshots, leases) is stored with the last sequence that its subject must have.
//
// A log is trimmed up to the last entry that its snapshot has, and that entry stays: the
// server knows by it which one was before the next, and a relay that missed both sees it.
//
// # What an operator sets
//
//   - sync_interval: always in the jetstream block of a server that is alone. Else it
//     acknowledges what a power cut takes back, for up to two minutes. Three servers may
//     leave it out where they do not lose power together: an entry is acknowledged when two
//     have it. It costs a write to the disk for each entry; a server that is alone stores
//     some thousand a second with it, depending on the disk.
//   - max_payload of at least 1MB, which is NATS's own default.
//   - A user that may publish and subscribe to PREFIX.>, $JS.>, $O.> and _INBOX.>, if
//     users have permissions.
//   - With leaf nodes, a domain in the hub's jetstream block, which the relay's URL at the
//     leaf names: nats://localhost:4222?domain=hub. Without it, a leaf node does not pass
//     on what JetStream is asked. The leaf node needs no JetStream of its own.
//
// # What a server is asked
//
//   - An entry: one message and its answer, and one more to each relay that follows.
//   - A log that has nothing new: two questions at once; another one, three in two round
//     trips, and two for each 4,096 entries or 8 MiB more.
//   - A snapshot: one question, and one for each 8 MiB if it is larger than 16 KiB. Putting
//     one is two questions, a message for each 512 KiB, one more, and two purges.
//   - A blob: one question, and one for each 8 MiB.
//   - A lease: a question and a message.
//   - Ping: three questions and a message.
//
// Where streams have replicas, what must be the newest is asked of the leader, since direct
// gets are answered by any of them. When a leader dies its followers choose another one
// within some ten seconds, in which relays are cut off and spool.
package nats
