package nats

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"

	"edgeboard/relay/cluster"
	"edgeboard/scripts/compat/recorded"
)

// What relays of a release have stored is read as they have meant it, and what is stored
// now is the same bytes: relays of two releases are in one cluster while it is upgraded.
func TestReleasesStay(t *testing.T) {
	entries := []cluster.Entry{
		{From: "a1", Data: []byte("an update")},
		{From: "relayRELAY0123456789", Key: "record\x00key with any bytes\xff", Data: bytes.Repeat([]byte{0, 0xff}, 40)},
		{From: "b", Key: strings.Repeat("k", 300)},
	}
	var lines strings.Builder
	for _, x := range entries {
		lines.WriteString(hex.EncodeToString(pack(x)) + "\n")
	}
	for _, was := range recorded.Files(t, "../../../scripts/compat/testdata", "nats.txt", []byte(lines.String())) {
		stored := strings.Fields(string(was.Data))
		if len(stored) != len(entries) {
			t.Fatalf("%s has %d entries, want %d", was.Version, len(stored), len(entries))
		}
		for i, want := range entries {
			b, err := hex.DecodeString(stored[i])
			if err != nil {
				t.Fatal(err)
			}
			got, err := unpack(7, b)
			if err != nil || got.From != want.From || got.Key != want.Key || !bytes.Equal(got.Data, want.Data) || got.Position != 7 {
				t.Errorf("entry %d of %s is read as %+v, %v", i, was.Version, got, err)
			}
		}
		if string(was.Data) != lines.String() {
			t.Errorf("entries are stored otherwise than by %s, whose relays cannot read them", was.Version)
		}
	}
}
