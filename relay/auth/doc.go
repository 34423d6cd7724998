// Package auth says who may do what.
//
// A [Grant] is the answer: who it is, and the [Role] on which boards, until when.
// The rest of the relay knows Grants alone, wherever they come from: a token that
// a program of the operator's has signed, a sign-in by OpenID Connect, an invite
// link, or a function of a program that embeds the relay.
//
// The package is a leaf: it knows no room, no transport and no database.
package auth
