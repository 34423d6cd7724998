// Package auth says who may do what.
//
// A [Grant] is the answer: who it is, and the [Role] on which boards, until when.
// The rest of the relay knows Grants alone, wherever they come from: a token that
// a program of the operator's has signed, a sign-in by OpenID Connect, an invite
// link, or a function of a program that embeds the relay.
//
// A [Verifier] knows the operator's keys, and makes a Grant of a token that was
// signed with one of them. An [Authority] knows what the relay itself has given
// out, and what of it holds no more:
//
//	operator's token    a JWT of the operator's programs; shown as it is, or for a session
//	access token        the relay's, for 10 minutes and one board; what clients show
//	session             a cookie, changed each time it is shown, for access tokens
//	invite              a link that makes who has it a member of one board
//
// The last three are signed with keys that are made from the relay's own, one for
// each kind, so that none is ever taken for another. An access token is checked
// without the store: who may not come in any more is in a list of revocations in
// memory.
//
// Several relays may have the same [Records]. Then they have one key, and each takes what
// another has given out. What depends on what there was is put on that condition
// (Records.Swap), so that an invite for one lets in one, wherever its link is opened. An
// Authority is told what others have put ([Authority.Heard]); what a relay has given out
// before it heard that it must not holds nowhere. While a relay does not reach the others
// it decides by what it knows.
//
// The package is a leaf: it knows no room, no transport and no database. HTTP it
// knows as far as keys are fetched by it; routes, cookies' attributes and the
// protocol of OpenID Connect are package server's.
package auth
