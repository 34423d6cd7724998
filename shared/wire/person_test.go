package wire

import (
	"strings"
	"testing"
)

func TestPersonsAsText(t *testing.T) {
	p := Person{0xff, 1, 15: 2}
	text := p.String()
	if len(text) != 22 || strings.Trim(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
		t.Errorf("%q, want 22 characters of base64url", text)
	}
	if again, ok := ParsePerson(text); !ok || again != p {
		t.Errorf("%q was read as %v, %v", text, again, ok)
	}
	if text := (Person{}).String(); text != "" {
		t.Errorf("nobody is written as %q", text)
	}
	for _, text := range []string{
		"",
		strings.Repeat("A", 22), // nobody
		text[:21],
		text + "A",
		text[:21] + "B", // bits that are none of the name's
		text[:21] + "=",
		"+" + text[1:], // base64 of another kind
		"\n" + text[1:],
	} {
		if p, ok := ParsePerson(text); ok || p != (Person{}) {
			t.Errorf("%q was read as %v, %v", text, p, ok)
		}
	}
}

func TestW81Devices(t *testing.T) {
	for d, want := range map[Device]Device{0: DeviceUnknown, DevicePhone: DevicePhone, DeviceProgram: DeviceProgram, 5: DeviceUnknown, 1<<32 - 1: DeviceUnknown} {
		if d.Known() != want {
			t.Errorf("device %d counts as %d, want %d", d, d.Known(), want)
		}
	}
}

func TestW82Stamps(t *testing.T) {
	const ms = 1_700_000_000_000
	if s := StampAt(ms); s != ms<<16 || s.Milliseconds() != ms || (s+1).Milliseconds() != ms {
		t.Errorf("the first stamp of %d is %x, of which the time is %d", ms, s, s.Milliseconds())
	}
	if s := StampAt(-5); s != 0 {
		t.Errorf("before 1970 the first stamp is %x, want 0", s)
	}
	if s := StampAt(1<<48 - 1); s.Milliseconds() != 1<<48-1 {
		t.Errorf("the last millisecond that has stamps is %d", s.Milliseconds())
	}
}
