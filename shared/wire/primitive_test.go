package wire

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"strings"
	"testing"
)

func TestUvarint(t *testing.T) {
	values := []uint64{0, 1, 300, math.MaxUint32, math.MaxUint64}
	for i := range 64 {
		values = append(values, 1<<i-1, 1<<i, 1<<i+1)
	}
	for _, v := range values {
		b := AppendUvarint(nil, v)
		if want := binary.AppendUvarint(nil, v); !bytes.Equal(b, want) {
			t.Errorf("%d: % x, want % x", v, b, want)
		}
		if SizeUvarint(v) != len(b) {
			t.Errorf("%d: size %d, want %d", v, SizeUvarint(v), len(b))
		}
		got, rest, err := Uvarint(append(b, 0xff, 0x01))
		if err != nil || got != v || string(rest) != "\xff\x01" {
			t.Errorf("%d: %d, rest % x, %v", v, got, rest, err)
		}
		for n := range b {
			if _, _, err := Uvarint(b[:n]); !errors.Is(err, ErrTruncated) {
				t.Errorf("%d cut at %d: %v", v, n, err)
			}
		}
	}
	for _, over := range []string{
		"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02",     // bit 64
		"\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x00", // eleven bytes
	} {
		if _, _, err := Uvarint([]byte(over)); !errors.Is(err, ErrOverlong) {
			t.Errorf("% x: %v, want %v", over, err, ErrOverlong)
		}
	}
}

func TestZigzag(t *testing.T) {
	for u, v := range map[uint64]int64{0: 0, 1: -1, 2: 1, 3: -2, math.MaxUint64 - 1: math.MaxInt64, math.MaxUint64: math.MinInt64} {
		if Zigzag(v) != u || Unzigzag(u) != v {
			t.Errorf("%d: zigzag %d, back %d", v, Zigzag(v), Unzigzag(u))
		}
	}
}

func TestBytes(t *testing.T) {
	b := AppendBytes(AppendBytes(nil, "first"), []byte{})
	v, rest, err := Bytes(b)
	if err != nil || string(v) != "first" || cap(v) != 5 {
		t.Errorf("%q (cap %d), %v", v, cap(v), err)
	}
	if v, rest, err = Bytes(rest); err != nil || len(v) != 0 || len(rest) != 0 {
		t.Errorf("%q, rest %q, %v; want nothing and no error", v, rest, err)
	}
	if _, _, err = Bytes(AppendUvarint(nil, math.MaxUint64)); !errors.Is(err, ErrTruncated) {
		t.Errorf("length of 2^64-1: %v", err)
	}
}

func TestW14BoardNames(t *testing.T) {
	for name, want := range map[string]bool{
		"a": true, "Z": true, "0": true, "-": true,
		"plan-2026_q1": true, "a_": true,
		strings.Repeat("x", MaxBoardName): true,

		"":                                  false, // MinBoardName
		strings.Repeat("x", MaxBoardName+1): false,
		"_health":                           false, // the relay's own
		"_":                                 false,
		"a b":                               false,
		"a/b":                               false, // names go into URLs
		"..":                                false, // and file names
		"a.b":                               false,
		"a\n":                               false, // and log lines
		"a\x00":                             false,
		"plän":                              false,
		"a%2fb":                             false,
		"\xff":                              false,
		"a`":                                false, // the neighbours of the letters
		"a{":                                false,
		"a@":                                false,
		"a[":                                false,
		"a:":                                false,
	} {
		if ValidBoardName(name) != want {
			t.Errorf("%q: %v, want %v", name, !want, want)
		}
	}
}

func TestW109MayName(t *testing.T) {
	for name, want := range map[string]bool{"plans": true, StatusBoard: true, "_other": false, "_status2": false, "": false, "a b": false} {
		if MayName(name) != want {
			t.Errorf("%q: %v, want %v", name, !want, want)
		}
	}
	if ValidBoardName(StatusBoard) {
		t.Error("a client may make the board of the relay's own figures")
	}
}

// The table of close codes in SPEC.md.
func TestW33Advice(t *testing.T) {
	for code, want := range map[Code]Advice{
		CodeNormal: Retry, CodeGoingAway: Retry, CodeText: Stop, CodeTooLarge: Stop, CodeInternal: Retry,
		CodeBadFrame: Stop, CodeOrder: Stop, CodeBoardName: Stop, CodeVersion: Stop,
		CodeBadUpdate: Stop, CodeReplica: Stop, CodeNoHello: Retry, CodeSilent: Retry,
		CodeReplaced: Stop, CodeBoardFull: Stop, CodeNotStored: Retry, CodeOverloaded: Retry,
		CodeTokenExpired: RefreshFirst, CodeForbidden: Stop,
		1006: Retry, // what a transport makes of a lost connection
		0:    Retry,
		4999: Retry, // W34: of a later version
	} {
		if got := code.Advice(); got != want {
			t.Errorf("code %d: advice %d, want %d", code, got, want)
		}
	}
}

func TestErrorsSayWhatIsWrong(t *testing.T) {
	for _, err := range []error{ErrTruncated, ErrOverlong, ErrField, ErrEmpty, ErrTooLarge, ErrTooMany, ErrText, ErrPoint, ErrName, ErrPart} {
		if !strings.HasPrefix(err.Error(), "wire: ") {
			t.Errorf("%q does not say where it comes from", err)
		}
	}
}

// appendString appends a field of bytes or text.
func appendString[T string | []byte](b []byte, num int, v T) []byte {
	return append(appendHead(b, num, len(v)), v...)
}
