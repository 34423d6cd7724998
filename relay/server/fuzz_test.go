package server

import (
	"slices"
	"testing"
)

// What a client adds to its header counts, whatever stood there before.
func FuzzNegotiate(f *testing.F) {
	for _, accept := range []string{"", "br, gzip", "gzip;q=0.5, *;q=0", "identity;q=0", "br;q=1.0001", "BR ; Q=0.2,,;", "*"} {
		f.Add(accept)
	}
	f.Fuzz(func(t *testing.T, accept string) {
		got := negotiate(accept)
		if !slices.Contains([]string{"br", "gzip", identity, ""}, got) {
			t.Fatalf("%q: %q is no coding that there is", accept, got)
		}
		if got := negotiate(accept + ",br"); got != "br" {
			t.Errorf("%q and br: %q", accept, got)
		}
		if got := negotiate(accept + ",br;q=0,gzip;q=1"); got == "br" || got == "" {
			t.Errorf("%q, gzip and not br: %q", accept, got)
		}
		if got := negotiate(accept + ",br;q=0,gzip;q=0,identity;q=0"); got != "" {
			t.Errorf("%q, and then none: %q", accept, got)
		}
		if got := negotiate(accept + ",br;q=2,gzip;q=x"); got != negotiate(accept) {
			t.Errorf("%q: what cannot be understood changes the answer to %q", accept, got)
		}
	})
}

// A list matches when one of its parts does.
func FuzzMatches(f *testing.F) {
	f.Add(`"a.br"`, `W/"b.gz"`, `"b.gz"`)
	f.Add("*", "", `"a"`)
	f.Add(` W/"a" `, `"`, `"a"`)
	f.Fuzz(func(t *testing.T, one, other, etag string) {
		if got, want := matches(one+","+other, etag), matches(one, etag) || matches(other, etag); got != want {
			t.Errorf("%q in %q, %q: %v, want %v", etag, one, other, got, want)
		}
	})
}

// Whatever is asked about the service, there is an answer or an error.
func FuzzReflection(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte("\x3a\x00"))                   // list_services
	f.Add([]byte("\x1a\x0fedgeboard.proto"))    // file_by_filename
	f.Add([]byte("\x22\x12edgeboard.v1.Board")) // file_containing_symbol
	f.Add([]byte("\x0a\x01h\x2a\x02\x0a\x00"))  // host, file_containing_extension
	f.Fuzz(func(t *testing.T, q []byte) {
		a, err := answerTo(q)
		if (a == nil) == (err == nil) {
			t.Errorf("%x: %x, %v", q, a, err)
		}
	})
}
