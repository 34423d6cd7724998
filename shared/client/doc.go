// Package client keeps a board in step with a relay.
//
// A [Session] is the protocol as a pure state machine: it is told what has
// happened (a transport has opened, a message has come, time has passed, the
// document was changed) and says what to send. It has no clock, no goroutine
// and no I/O.
//
//	                     Open (another transport took over)
//	             +-----------------------------------+
//	             v                                   |
//	        +------------+        Welcome        +--------+   Ping unanswered   +---------+
//	 Open   |            | --------------------> |        | ------------------> |  Live,  |
//	------> | Connecting |                       |  Live  |                     | Stalled |
//	   |    |            | (no Welcome: Stalled) |        | <------------------ |         |
//	   |    +------------+                       +--------+   anything heard    +---------+
//	   |           | Lost                            | Lost                          |
//	   |           v                                 |                               | Open,
//	   +------- Offline <----------------------------+-------------------------------+ Lost
//
// A [Link] owns a Session and the board with it. It knows one or more
// transports, the best first:
//
//   - It races them as Happy Eyeballs does (RFC 8305): the best one has a small
//     head start, the first that connects is used. One that is a last resort
//     begins when the others have failed, or had seconds to connect.
//   - It remembers what worked, begins by that, and tries the better ones again
//     from time to time.
//   - When the Session is Stalled, it tries the others while the connection is
//     still there, and hands over in mid-session. If the relay is heard meanwhile,
//     it stays.
//   - After a loss it comes back by exponential backoff with full jitter, or when
//     the relay says, until the context ends or the relay's answer is one that
//     coming back would not change.
//   - When a relay says that it is about to stop, it leaves as soon as all is stored,
//     and comes back when the relay says: to another relay of the same boards, if it
//     has named one, and there is somebody.
//   - What the relay lets it do is its Role. Changes that it may not send stay unsent
//     until it may ([Status]).
//   - Where a relay asks for tokens, it gets them from a TokenSource: before the
//     first dial, after the relay's word that one is too old, and ahead of its end.
//     One that says that there is none to be had ([ErrNoToken]) ends it.
//
// Between two connections, and while one is Live, a Link stands so:
//
//	                  a token is wanted        it came, or there is one to
//	      +---------+ ----------------> +--------+ make do with  +---------+
//	----> | Waiting |                   | Asking | ------------> | Dialing |
//	      | (retry) | <---------------- | source |               | (race)  |
//	      +---------+  failed, and there +--------+               +---------+
//	        ^  ^  |    was never a token                            |  |
//	        |  |  +-----------------------------------------------> |  | connected:
//	        |  |         no token is wanted                         |  | Open
//	        |  +----------------------------------------------------+  v
//	        |                    nothing connected               +-----------+
//	        +--------------------------------------------------- | Connected | --+ nearly over:
//	          Lost; 4012: and a token is wanted                  |           |   | ask, Refresh
//	                                                             +-----------+ <-+
//	                                                                | Lost, by a code that
//	                                                                v says stop
//	                                                             Run returns a StoppedError
//
// When the source has none to give, ever (ErrNoToken), Run returns from where it is:
// Asking, or Connected.
//
// Whoever wants to read or change the board asks the Link to Do it.
//
// Latest-wins traffic, this person's cursor, what it has in hand and the stroke
// under the pen, goes by datagram where there are datagrams, as often and as many
// times as the path makes advisable (package pace). What is selected, and where a
// gesture ends, goes in order, behind the changes before it ([Session.Select]). A stroke goes with the document's updates; where
// these come late it is shown besides, before it is stored ([Session.Draw]).
//
// What was changed while offline, or was under way on a transport that is given
// up, is not kept apart: on Welcome both sides know each other's state vectors,
// and each sends what the other lacks. To who lacks a great deal the relay sends a
// snapshot, in pieces ([Session.Loading]).
//
// What people say to each other goes beside the board: a Session repeats what this
// person says, in order, until the relay has stored or refused it ([Session.Say]), and
// holds the conversations that are opened ([Session.OpenTalk], package talk). What one
// person has written no other one says who uses the device: it waits for the first to be
// back. What was written before any relay has said who sits here belongs to whoever is
// welcomed next on that device, and from then on to no other one: the device's secret is
// all that is known of who wrote it. Without a secret ([Config]) nobody is known again,
// and it belongs to whoever is there.
//
// Of the person's inbox, which is of all boards, it knows how many are unread, and holds
// a stretch from the last one back while that is open ([Session.OpenInbox]):
//
//	          OpenInbox           the page came
//	+--------+ --------> +-------+ -----------> +--------+ --+ news; EarlierNotices
//	| Closed |           | Lacks |              | Loaded |   | and an earlier page
//	+--------+ <-------- +-------+ <----------- +--------+ <-+
//	          CloseInbox           Lost, Welcome, Anew
//
// What is read there is read at once, and told until the relay has said so.
//
// Live data is watched ([Session.Watch]) and published ([Session.Publish]). What came of
// the feeds that are watched is in [Session.Feeds]; after a loss it stays until the relay
// has told of them again, or has had time to:
//
//	           Watch, or Welcome           Points
//	+---------+ --------------> +-------+ --------> +-------+ --+ Points
//	| nothing |                 | asked |           | Feeds |   |
//	+---------+ <-------------- +-------+ <-------- +-------+ <-+
//	           Watch of nothing           Lost; Points that cannot
//	                                      be read: Watch of nothing first
//
// What is published is sent while the relay is there, or not at all; [Link.Publish] waits
// for that.
//
// So the board alone is to be kept, and what is not said yet, should that survive the
// program. A [Kept] is its place on this device, on a [Shelf] of which there are several kinds:
//
//	             Restore: what was kept is in the board, what others
//	             have left that ended with changes unsent as well
//	+---------+ --------------------------------------------------> +------+
//	| nothing |                                                     | Kept | --+ changed: a record,
//	| is kept | <-------------------------------------------------- |      |   | one at a time
//	+---------+   an error: Status.NotKept, everything goes on      +------+ <-+
//	     |                                                            ^  |
//	     +------------------------------------------------------------+  | the relay and the board
//	       every 30 s the whole board is tried                           v contradict each other
//	                                          Welcome, and 30 s   +-----------+
//	                              Kept <------------------------- | Set aside |
//	                                                              +-----------+
//
// A program never goes on with the replica of the program before, so what that has
// left are changes of another replica. They are pending until a relay says that it
// has them (Ack.others, or Welcome), and sent again until it does.
package client
