// Package text is the text of a board: a sequence CRDT that holds all texts, many short notes and a few long
// documents, in one Arena.
//
// # What it does
//
// Texts are edited locally by position (Insert, Delete) and remotely by operation (ApplyInsert, ApplyLife),
// in any order that delivers what an operation refers to first, and every arena that has applied the same
// operations holds the same texts. The Apply methods refuse what is not ready yet, or can never be, and change
// nothing then; the Integrate methods are for callers who know that an operation is ready, and make the same of
// it everywhere, whatever it refers to. Remote operations report the visible positions they changed. Carets and comments are kept by Anchor. The
// unit of positions is the Unicode code point; Offset and Units convert to UTF-16 and UTF-8.
//
// # Numbers
//
// A replica has one counter for all its operations on the whole board. An insertion of n characters takes n
// numbers, which name the characters; a deletion or any other life operation of n characters takes n too.
// The caller hands numbers out, delivers the operations of each replica in their order, and keeps those that
// are not ready. A number below Next is refused with ErrSeq.
//
// # Order
//
// FugueMax (Weidner and Kleppmann, The Art of the Fugue: Minimizing Interleaving in Collaborative Text
// Editing, 2023), computed on the list of characters with the YjsMod scan instead of on the tree: each
// character keeps its left and right origin, its neighbours at the time of writing, and only characters
// inserted concurrently between the same two are ever compared. Of these the one whose right origin lies
// further right goes first, then the one with the smaller replica id, then the one with the smaller number.
// Texts that two people write at one place at the same time do not interleave, also not when written
// backwards. In a run each character's left origin is the one before and the right origin is common.
//
// The order is the same everywhere if the origins of each insertion have once been neighbours. An editor's
// always have. Of others it is found out from the order of the origins and of their own origins, which no
// later operation changes; see possible. Nothing else gets into the text.
//
// # Life
//
// A character's life is a causal length (Yu and Rostad, A Low-Cost Set CRDT Based on Causal Lengths, 2020): it
// begins at 1, odd is visible, even is hidden. Deleting writes life+1, so does undoing it, and the highest life
// ever written counts. Two people undoing one deletion write the same life, so nothing appears twice.
//
// # Layout
//
// Inside the arena a character has a local id: a dense number in order of arrival, the same space for all
// texts. By local id there are
//
//	chars    the UTF-8, with a page table of 64 characters
//	homes    the leaf where the character lies, a page of 16 mostly being one number
//	runs     the names: runs of consecutive numbers of one replica, which also lead from names to local ids
//	lives    lives of 3 and more, which are rare
//
// A text is a list of spans of 16 bytes, see span, in leaves of up to 32; a small text is one leaf of 4, 8 or
// 16. Inner nodes count the visible characters below each of up to 16 kids. Leaves, spans and nodes of all
// texts lie in three slabs and refer to each other by index: there are no pointers for the collector to
// follow. Each text has a cursor where it was edited last, and the counts above the cursor's leaf are only
// brought up to date when something needs them. On top of that, typing is a state of its own, in which a
// further character costs a few additions.
//
// # Invariants
//
// Check verifies them: the spans of a text cover each of its characters once, and homes agrees; origins lie on
// their side; node counts plus what is owed are what the spans say; the cursor's base is the number of
// visible characters before it; runs are in order on both sides; life and visibility agree; no visible
// character is forgotten. Neighbouring spans may fail to be joined; snapshots join them.
//
// # Cost
//
// With n spans in a text: typing and backspacing O(1), other edits, look-ups of positions, conversions and
// anchors O(log n), concurrent insertion O(log n) per span written concurrently at the same place. An
// operation allocates nothing except when a slab grows or when it brings back forgotten text, which moves the
// text of all characters that arrived later. Snapshots and loading are linear but for one sort.
//
// # What is forgotten
//
// DropText forgets the characters of hidden text and keeps the ids: everything is still understood. An
// operation that shows characters again carries their content, so that it means the same to those who
// forgot and to those who did not; who makes one gets the content from Content, or has to have noted it.
// Compact removes the hidden characters altogether, which is only safe when nobody can refer to them any
// more; CompactTexts does it to some of the texts. Origins that were stated and do not count (see
// IntegrateInsert) are kept as claims, for where other characters are left and others may count. Raise
// gives characters lives that are known without the operations. DropLog forgets which operations changed
// lives; InsertRuns and LifeRuns make the operations that a peer lacks anew from the rest.
//
// # What it does not do
//
// It stores no versions, has no clock and no network, keeps no operations that are not ready, and does not
// group operations for undo: Lives tells what an inverse has to write. It trusts the caller for the order of
// numbers per replica. A sender who makes up origins can make a scan long, and one who makes up the content of
// characters it shows again makes replicas that had forgotten them differ from the others in these characters'
// text; neither can make replicas differ in anything else, nor make the arena inconsistent or panic.
package text
