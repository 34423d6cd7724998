package room

import (
	"crypto/rand"
	"crypto/sha256"

	"edgeboard/shared/wire"
)

// PersonOf returns who somebody is for the others (W80): whom the relay knows as a
// subject, or else who has a secret. Neither can be found by it. Of neither, or of a
// secret that is too short, it is somebody new each time.
func PersonOf(subject, secret string) (p wire.Person) {
	switch {
	case subject != "":
		return personNamed("subject", subject)
	case len(secret) >= wire.MinSecret:
		return personNamed("secret", secret)
	}
	_, _ = rand.Read(p[:]) // it never fails
	return p
}

// personNamed keeps the kinds apart: no secret stands for a subject.
func personNamed(kind, name string) wire.Person {
	sum := sha256.Sum256([]byte("edgeboard person\x00" + kind + "\x00" + name))
	return wire.Person(sum[:len(wire.Person{})])
}
