package message

import "edgeboard/relay/store/notice"

// Step is what the relays of a cluster do to their stores: each the same ones, in the
// order of the cluster's journal. So all stores have the same. One of Said and what
// follows is set.
type Step struct {
	// At is where it stands in the journal, and After where the last one before it does,
	// 0: nowhere. Journal names the journal: another one has other Steps.
	At, After uint64 `json:"-"`
	Journal   string `json:"-"`

	Said      *Change          `json:",omitempty"`
	Mark      *Mark            `json:",omitempty"`
	Name      *Name            `json:",omitempty"`
	Notices   *notice.Batch    `json:",omitempty"`
	Settle    *Settle          `json:",omitempty"`
	Delivered []notice.Outcome `json:",omitempty"`
	// Forget has some messages removed that have a stamp before it, and ForgetEntries
	// some entries of inboxes that were read and stored before it.
	Forget        uint64 `json:",omitempty"`
	ForgetEntries int64  `json:",omitempty"`
	// Talk and Inbox are parts of what a store has, for stores that lack it.
	Talk  *Kept      `json:",omitempty"`
	Inbox *KeptInbox `json:",omitempty"`
}

// Mark is how far a person has read a conversation.
type Mark struct {
	Key    string
	Person [16]byte
	Stamp  uint64
}

// Name is how a person is shown.
type Name struct {
	Person [16]byte
	Name   string
}

// Settle is what a person has read of its inbox.
type Settle struct {
	Person [16]byte
	What   notice.Settled
}

// Kept is a part of a conversation as a store has it.
type Kept struct {
	Key                  string
	Clock, Last, Changed uint64
	Messages             []Message  `json:",omitempty"`
	Changes              [][16]byte `json:",omitempty"`
	Stamps               []uint64   `json:",omitempty"` // about when each of them came
	// Persons are the two of a conversation of persons, with their names.
	Persons [][16]byte `json:",omitempty"`
	Names   []string   `json:",omitempty"`
	Marks   []Mark     `json:",omitempty"` // without the Key
}

// KeptInbox is a part of an inbox as a store has it.
type KeptInbox struct {
	Person [16]byte
	notice.Standing
	Entries []notice.Entry `json:",omitempty"`
	Due     []Due          `json:",omitempty"`
}

// Due is what of an inbox is to be delivered, as a store has it.
type Due struct {
	Target    string
	Seq       uint64
	At, Since int64
	Tries     int
}

// Done is what a Step has done.
type Done struct {
	// Changed: nothing of a Change is stored, see ErrChanged.
	Changed bool
	Notices []notice.Change // what has become of inboxes
	Read    uint64          // how far the person of a Mark has read
	More    bool            // there is more to forget
}
