// Package notify keeps the inboxes of a relay's people, and tells of what comes into
// them: at once on the connections of a person, and by push or a webhook where nobody
// of the person looks.
//
// What concerns somebody becomes an entry of the inbox. Of messages it is stored in the
// same commit as the message (Of makes what is to be stored, and Changed tells it), so
// that neither is there without the other, also when the relay is killed; what programs
// say is stored by Tell. An entry is known by its source, so that what comes twice is
// one. How many are unread is counted where they are stored, and read when it is told,
// by one goroutine: what is told last is how it is.
//
// Where an entry is to be delivered to, subscriptions of the person's devices and the
// operator's webhooks, is decided when it is made, and stored with it: a delivery is
// done or given up, never forgotten. It is dropped if the entry was read in the
// meantime; if it is for a device, also in the person's quiet hours and while somebody
// of the person looks at a board. What fails is tried again, later each time and with
// jitter, for a day; what else is due for the same target waits meanwhile. A
// subscription that the push service does not know any more is removed. When nothing is
// due, nothing runs.
//
// How persons want to be told, their devices, and which boards they may not see any
// more are Records, of which what is known of the last few thousand persons is
// remembered. Endpoints of devices come from clients: what is pushed goes to the
// services that the operator allows, and to public addresses alone.
//
// The package knows no transport of boards, no room and no database: it declares a
// Store, Records and an Audience.
package notify
