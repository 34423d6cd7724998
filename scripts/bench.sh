#!/bin/sh
# Measures: prints one JSON object a line for each figure, and everything else on standard error. Needs Go; what is
# measured as wasm besides needs node. Files that flags name are relative to the root of the repository.
#
#   scripts/bench.sh board [-trace FILE]... [-runs N]
#   scripts/bench.sh wire [-runs N]
#   scripts/bench.sh transports [-seconds S] [-runs N] [-rate N] [-size BYTES]
#   scripts/bench.sh store [-runs N] [-updates N] [-size BYTES] [-members N] [-window N] [-dir FOLDER]
#   scripts/bench.sh chat [-cases NAME,...] [-messages N] [-entries N] [-asks N] [-dir FOLDER] [-members N] [-rate N]
#                         [-speakers N] [-seconds S] [-warm S] [-runs N] [-relay PROGRAM] [-relay-args FLAGS]
#   scripts/bench.sh export [-runs N]
#   scripts/bench.sh loss [-cases NAME,...] [-seconds S] [-seed N] [-delay D] [-jitter D] [-reorder] [-rate BYTES]
#                         [-strokes N] [-apart]
#   scripts/bench.sh fanout [-cases MEMBERSxRATE[stalled[N]],...] [-seconds S] [-warm S] [-floor-seconds S] [-runs N]
#                           [-size BYTES] [-publishers N] [-stalled N]
#   scripts/bench.sh memory [-members N] [-boards N] [-idle S] [-runs N]
#   scripts/bench.sh small [-cases NAME,...] [-mib N] [-most N] [-idle-on-board N] [-drawing-on-board N] [-rate N] [-seconds S] [-slow MS] [-runs N]
#   scripts/bench.sh cold [-runs N]
#   scripts/bench.sh storm [-members N] [-runs N]
#   scripts/bench.sh hostile [-cases NAME,...] [-seconds S] [-rounds N] [-members N] [-rate N] [-size BYTES]
#   scripts/bench.sh frame [-strokes N,...] [-runs N]
#   scripts/bench.sh page [-runs N]
#   scripts/bench.sh feeds [-cases NAME,...] [-feeds N] [-rate N] [-members N] [-seconds S] [-warm S] [-runs N]
#   each of these eight [-relay PROGRAM] [-relay-args FLAGS]
#   scripts/bench.sh peers [-cases NAME,...] [-runs N] [-trace FILE]... [-relay PROGRAM] [-relay-args FLAGS]
#                          [-servers NAME,...] [-loads NAME,...] [-seconds S] [-warm S] [-idle S] [-strokes N,...] [-pictures FOLDER]
#   scripts/bench.sh tables [-in FILE]... [-out FILE] [-readmes FOLDER]
#   scripts/bench.sh soak [-seconds S] [-members N] [-boards N] [-seed N]
#   scripts/bench.sh cluster [-cases cross,relays3] [-engines nats,redis] [-edits N] [-seconds S] [-warm S] [-runs N]
#                            [-boards N] [-members N] [-rate N] [-size BYTES] [-nats-server PROGRAM] [-redis-server PROGRAM]
#                            [-relay PROGRAM] [-relay-args FLAGS]
#   scripts/bench.sh scale [-cases idleN,activeN,heard,table,model] [-table SIZExBOARDS,...] [-heard SIZExBOARDS,...]
#                          [-boards LEAST-MOST:WEIGHT,...] [-active PART] [-active-most N] [-edits N] [-cursors N] [-says N] [-commit D] [-datagrams]
#                          [-members N,...] [-costs NAME=VALUE,...] [-relay-cores N] [-relay-gib N] [-relay-mbit N] ...
#
# Several names in one call are measured one after the other, with the flags for all of them.
#
# board is the document, on recorded editing sessions. wire is the codec, beside Google's protobuf and encoding/json for
# the same messages (a cursor, a stroke of 64 points), and what it adds to the page.
#
# transports is the same load over each transport on loopback, from the relay's end to the client's and (up_) back: time
# from Send to Receive, processor time of both ends without that of the pacing, bytes of IP packets both ways. The case
# pipe is the floor. It needs Linux and a network namespace, so root or user namespaces.
#
# store is how many updates a second are stored and acknowledged: through rooms and SQLite, over connections in memory, on
# one board with several members (-members) and on 200 with one each, who have up to -window updates under way. The floor,
# in the same run, is SQLite alone in the same batches, each update a row; sqlite_log is stricter: it puts those of a board
# that go together into one row, as the relay does.
# The disk counts: the quicker it syncs, the more the rooms show.
#
# chat is what people say. history and search are questions about a conversation of a million messages, in a database on
# the disk, and inbox about somebody's inbox of 100,000 entries, of which a tenth was read: the page that is opened at first
# with how many are unread, of all and of those that are unread, a page anywhere, and that one entry was read. ms is the
# median of the slowest of these questions; settle_all_ms is that all was read at once. room1000 is how soon a message is
# with all of 1,000 members, beside the floor as in fanout; it needs Linux and a quiet machine.
#
# export is how long it takes to write a board of 10,000 strokes of 50 points in other formats, and how many bytes that
# are: SVG, JSON, .excalidraw, PDF, PNG at 100 %, and the picture that a page begins with, which has a budget.
#
# loss is what people see of each other over a link that delays and loses packets: the relay and its clients in network
# namespaces, and a link between them made of two TUN devices (the kernel needs no netem). It needs Linux, root and
# /dev/net/tun, and says when the machine was too busy for it. The case stroke3s is what a stroke of three seconds costs:
# in messages (bytes; floor_bytes if it was sent as one) and as IP packets.
#
# Both go before what else the machine does (SCHED_RR) where that is allowed.
#
# fanout is what it costs the relay to tell each member of a board what one of them does, in processor time for each
# delivery, beside a bare program that writes the same bytes to the same sockets. In a case that ends with stalled (all,
# with -stalled) so many members read nothing while the others are measured. p99_x_unstalled is beside the same case
# without, if that came before, and stalled_rss_mib how much more the relay's memory grew. Then they read again, and it is
# an error if they do not get in step. Kernels hold megabytes for a socket: it takes -size 1024 until the relay has to drop
# what waits. memory is what a member takes who is idle,
# cold a start, storm how long it takes until all members that were cut off are back. They need Linux, and a machine that
# has nothing else to do: nothing goes before the rest of it, because the relay and its clients share the processors.
# Where the relay limits what comes from one address, -relay-args is to say that it may.
#
# small is what a small host carries: the relay in a cgroup that has -mib MiB of memory (64) and no swap, in which all counts that
# the kernel keeps for it, its program's pages and its sockets too. Case idle64 is how many members who do nothing come until it
# turns away who comes, and p99_ms how long an edit takes then on one of the boards; draw64 is on how many boards of 50 members, of
# whom one draws 10 times a second, all is told within -slow milliseconds (99 of 100 edits). refused is 1 where the relay turned away
# more, and 0 where it was slow first, or no more came (-most). used_most_mib is the most that the cgroup had in use. That the kernel
# kills the relay is an error. It needs Linux and root, version 1 or 2 of cgroups with the controller of memory, and for p99_ms a
# quiet machine.
#
# hostile is what the members of a board notice while the relay is attacked: how long updates take (p99_ms), beside the same
# board in quiet before and after (quiet_p99_ms, x_quiet). Each case has a relay of its own that lets in who has a token.
# wrong_tokens: 1,000 requests with wrong tokens a second, of one address behind a trusted proxy; wrong_hellos: 200
# WebSockets a second, the same; loris: 500 requests that never end; bomb: 10 calls by gRPC a second of which the message
# unpacks to 64 MiB; datagrams: a member of the board that says 2,000 things a second by WebTransport; updates: a member of
# another board that writes more than the relay reads of one; hellos: 100 a second who come to the board and go. The attacker
# shares the processors: attacker_cpu is what it takes. It needs Linux and a quiet machine, as those above.
#
# frame is the page in Chromium (on PATH, or EDGEBOARD_CHROMIUM), in a window of 1280 by 720, on boards with so many
# freehand strokes of 50 points: what of its main thread an animation frame takes while the board is panned 5 pixels in
# each of 60 frames, with the whole board in view (fit_ms) and at 100 % (full_ms), as Chromium counts tasks, and the
# part of it in scripts (fit_script_ms, full_script_ms), by the clock; fit_cpu_ms and full_cpu_ms are the time of a
# processor that the thread takes, and no longer on a busy machine. idle_ms is the same of frames in which nothing
# changes, the floor; fit_drawn and full_drawn are how many frames the page draws for each. open_ms is from the start of
# the program to the first complete picture; a page that does not say when that is has drawn its last frame then.
# memory_mb is what JavaScript's objects, the program and the tiles hold, rss_mb the whole process. pen_frames is how
# many animation frames it takes at the most until an event of a stylus is shown. What is drawn costs other processes
# besides, which software does here. It needs Linux and a quiet machine.
#
# page is how soon a person is on a board of 300 elements of six kinds who was never there, on a relay that has just
# shown it to others: first_sight_ms is from the navigation to the first paint, of which the picture of the board must be
# part; ready_ms to when the program takes the pen. wasm_br_bytes is what the program takes on the wire, and
# second_visit_bytes all that goes both ways when the page is opened again, until it is live. Case page is loopback;
# 10mbit the same over a network of 10 Mbit/s. It needs Linux and a quiet machine.
#
# feeds is live data. 100x10x500 is 100 feeds of which each is published 10 times a second, in messages of their own, to 500
# members who watch all of them: from when a point is published until a member has it, the bytes of the messages in which
# they come, of WebSocket and (packet_) with the heads of IP and TCP, for each point and member. Beside numbers of two
# decimals it is measured with those that have all digits (_computed), of which the members ask for seven, as the page
# does, and counters. It needs Linux and a quiet machine.
#
# cluster is relays that share boards by NATS or Redis (cases of the latter end with _redis), which it starts, and which store
# each entry on the disk. cross is an edit from one relay to another, one after another and (paced_) 50 a second, in turn with
# the same on one relay that is in no cluster: p99_ms is what the way across adds. relays3 is three relays that all have all
# boards. x_one is what they deliver for each second of a processor, added up, over what one relay delivers that has as many
# members as each of the three; x_same_members the same over one that has them all; x_one_with_engine counts the engine's
# processor too. The engines, the relays and the clients share the processors. It needs Linux and a quiet machine.
#
# scale is one relay's rooms and outboxes past what sockets allow: the relay's own code, in this process, with members that
# count what they are told instead of writing it to a socket, on boards of sizes that are drawn (-boards), a part of them
# doing what people do. idle200k and active20k are so many of them; p50_ms and p99_ms are from when an edit is made until a
# member is told it, with a store in memory that takes -commit. What a figure says of processor time is without what these
# members take themselves (floor_us_per_message); what sockets take is fanout's and memory's to measure. table is boards of
# one size each, with much to do, from which fit finds what a member, a board, an edit and a message cost; heard is edits that
# come of other relays, without the engine. model reckons
# from these costs, and from those of fanout, memory and cluster that the program knows (-costs), what more members take:
# relays, of which none is to be busier than -busy, nodes of the engine, messages between them and bandwidth, with members
# placed on relays by chance and by the board. All of it is drawn by -seed.
#
# peers is Edgeboard side by side with what somebody would take instead, in one run. They are installed by npm, in the
# versions that the lock files of scripts/bench/peers pin; lines with "what" and "is" say which, on what machine, and how.
#
# Its case servers is the relay beside NATS over WebSocket (core, and a stream of JetStream), Socket.IO, Hocuspocus,
# y-websocket and Centrifugo, and the floor (-servers). Of the last one the program has to be on the PATH, from a release of
# it or by go install github.com/centrifugal/centrifugo/v6@latest; else it is said to be missing. All load comes from this
# program, which speaks the protocol of each; messages have 128 bytes. Loads (-loads): fanout100x500 is 100 members of a room
# who are told 500 messages a second: processor time of the server for each delivery, from when a message is due until it
# is there, and what part was delivered until 5 s after the last one was sent. memory2000 is so many members who do nothing,
# in rooms of 100. storm1000 is so many who are cut off while one goes on, and come back at once: until the server has told
# each that it is in the room and, but for core NATS and the floor, who offer that not, the five messages that it missed.
# cold is from the start of a program to the first WebSocket that it answers, and its memory two seconds later.
# server_cores and client_cores tell who was the bottleneck. failed_runs counts runs in which a server ended, cut somebody
# off or was never ready; messages that came twice or after a gap are told as twice and gaps. Programs for node are one
# process, the others use all cores. Three runs take about ten minutes. It needs Linux, node and a quiet machine.
#
# Its case documents is our document, natively and as wasm, beside Yjs, Loro and Automerge, all run by node: apply_ms is all edits of
# a recorded session (-trace), or 2,000 strokes of 50 points (as arrays of numbers, and -packed by the page into binary
# values; ours are the same in both), or 2,000 elements of 16 properties and 20,000 writes to them, one transaction each,
# with the update of each for others, which add up to update_bytes; merge_ms is another replica that takes these updates one
# by one, as they come (given up after a minute), catch_up_ms one that takes all at once; load_ms from the stored bytes
# to all of it read once, and memory_mib what it holds then (not as wasm). bytes is what is stored as it is usual, state_bytes without the
# history where that can be left out, both with _br behind as brotli makes them. All runs are in one process, of which the
# first finds the code not yet compiled; what has taken a minute is not repeated. That all hold what they should is checked.
#
# Its case whiteboards is our page beside those of Excalidraw and tldraw, in the same Chromium (on PATH, or
# EDGEBOARD_CHROMIUM), in a window of 1280 by 720. Theirs are built for production, as their makers tell to, and served
# packed by brotli, with all files from one site. frame500, frame2000 and frame10000 (-strokes) are boards with so many
# freehand strokes of 50 points, the same on all. The view is panned by real turns of the wheel, 5 pixels in each of 60, one
# for each 60th of a second or when the page has taken the one before; with all strokes in view (fit_) and at 100 %
# (full_). _ms is what the main thread takes for each frame that was shown, by the clock, _cpu_ms the time of a processor
# that it takes, _browser_cpu_ms that of all processors for all of the browser: others of its threads and processes paint.
# _frames_per_s is how many frames with something new Chromium shows, _skipped how many of the 60 it does not. open_ms is
# from the navigation until the middle of the window shows what it shows in the end, as Chromium takes pictures of it.
# memory_mb is what JavaScript's objects hold, and for our page the program and the tiles; what others paint on is not in
# it, so rss_mib, the page's whole process, is what to compare. ink is the share of the window with something on it: pages
# that draw the same have about the same. A board that is not there after three minutes is told, and that time is open_ms.
# page is a board of 300 elements of six kinds: first_sight_ms is until half of what is drawn in the end is seen, by the
# same pictures, ready_ms until the first ink is seen of strokes that a mouse draws again and again with the page's pen,
# from the navigation on. transfer_bytes are all bytes both ways, transfer_js_bytes the scripts and programs in them, as
# the page counts them; second_ are the next visit of the same person. page10mbit is the same over a network of 10 Mbit/s.
# Each page opens as it is: ours joins a relay, theirs have the board as one file. Software draws what a graphics card
# would: that is unkind to WebGL, which is what our page draws with. tldraw runs without a licence key, as it may on a
# machine of a developer, and says so in a corner. -pictures keeps what the pages showed. It needs node, npm and Linux.
#
# tables measures nothing. It makes docs/BENCHMARKS.md, and the short table between <!-- peers:begin --> and <!-- peers:end -->
# of README.md and README.zh-CN.md, of lines that benches have printed and docs/benchmarks.jsonl keeps; all lines of a file,
# of as many benches as there are. A line {"bench":NAME,"what":"command","is":"scripts/bench.sh NAME ..."} says on the page how a
# bench was called that had flags. What metrics mean, and which way they are better, is in scripts/bench/tables_metrics.go.
#
# soak is ten minutes of what people do to a relay: its memory, its goroutines after all have left, and whether everybody
# and the store have the same boards, which is an error if not.
set -eu; cd -- "$(dirname "$0")/.."
. scripts/need-go.sh

built=$(mktemp -d)
trap 'rm -rf -- "$built"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
# Figures name the commit that they are of.
go build -buildvcs=auto -o "$built/bench" ./scripts/bench
"$built/bench" "$@"
