package wire

import "encoding/base64"

// Person names somebody who may sit at several devices, the same on all boards of
// those who know the person. It is no secret. The zero Person is nobody.
type Person [16]byte

// String returns the name as 22 characters of base64url, or "" for nobody.
func (p Person) String() string {
	if p == (Person{}) {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(p[:])
}

// ParsePerson reads what String returns.
func ParsePerson(text string) (p Person, ok bool) {
	if len(text) != base64.RawURLEncoding.EncodedLen(len(p)) {
		return p, false
	}
	n, err := base64.RawURLEncoding.Strict().Decode(p[:], []byte(text))
	if err != nil || n != len(p) {
		return Person{}, false
	}
	return p, p != (Person{})
}

// Device is what a member sits at.
type Device uint32

// Devices. Others count as DeviceUnknown.
const (
	DeviceUnknown Device = iota
	DeviceComputer
	DevicePhone
	DeviceTablet
	DeviceProgram // nobody sits there
)

// Known returns d, or DeviceUnknown for a number of a later version.
func (d Device) Known() Device {
	if d > DeviceProgram {
		return DeviceUnknown
	}
	return d
}
