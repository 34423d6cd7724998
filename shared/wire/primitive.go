package wire

import "math/bits"

// Protobuf wire types, as in
// https://protobuf.dev/programming-guides/encoding/#structure.
const (
	typeVarint = 0
	typeI64    = 1
	typeBytes  = 2
	typeI32    = 5
)

// AppendUvarint appends v in base 128, least significant group first.
func AppendUvarint(b []byte, v uint64) []byte {
	for v >= 0x80 {
		b = append(b, byte(v)|0x80)
		v >>= 7
	}
	return append(b, byte(v))
}

// Uvarint reads one varint and returns the bytes that follow it. It accepts
// at most ten bytes and rejects a value over 64 bits.
func Uvarint(b []byte) (v uint64, rest []byte, err error) {
	if len(b) > 0 && b[0] < 0x80 {
		return uint64(b[0]), b[1:], nil
	}
	for i, c := range b {
		if i == 9 && c > 1 {
			return 0, nil, ErrOverlong
		}
		v |= uint64(c&0x7f) << (7 * i)
		if c < 0x80 {
			return v, b[i+1:], nil
		}
	}
	return 0, nil, ErrTruncated
}

// uvarint is Uvarint where size counts more than speed.
//
//go:noinline
func uvarint(b []byte) (uint64, []byte, error) { return Uvarint(b) }

// SizeUvarint is the number of bytes AppendUvarint adds for v, 1 to 10.
func SizeUvarint(v uint64) int { return (bits.Len64(v|1) + 6) / 7 }

// Zigzag maps signed to unsigned so that small magnitudes stay small.
func Zigzag(v int64) uint64 { return uint64(v<<1) ^ uint64(v>>63) }

// Unzigzag is the inverse of Zigzag.
func Unzigzag(u uint64) int64 { return int64(u>>1) ^ -int64(u&1) }

func zigzag32(v int32) uint32 { return uint32(v<<1) ^ uint32(v>>31) }

func unzigzag32(u uint32) int32 { return int32(u>>1) ^ -int32(u&1) }

// putUvarint writes v to p from i on, and returns where it ends.
//
//go:noinline // as appendUint
func putUvarint(p []byte, i int, v uint32) int {
	for v >= 0x80 {
		p[i] = byte(v) | 0x80
		v >>= 7
		i++
	}
	p[i] = byte(v)
	return i + 1
}

// eight reads eight bytes, the first of them the lowest. encoding/binary would
// bring package reflect into the page.
func eight(b []byte) uint64 {
	_ = b[7]
	return uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 |
		uint64(b[4])<<32 | uint64(b[5])<<40 | uint64(b[6])<<48 | uint64(b[7])<<56
}

// put4 writes four bytes, the lowest first.
func put4(b []byte, v uint32) {
	_ = b[3]
	b[0], b[1], b[2], b[3] = byte(v), byte(v>>8), byte(v>>16), byte(v>>24)
}

// extend makes b longer by n, of any content.
//
//go:noinline // as appendUint
func extend(b []byte, n int) []byte {
	if n += len(b); n <= cap(b) {
		return b[:n]
	}
	return append(b, make([]byte, n-len(b))...)
}

// Bytes reads a length-prefixed run of bytes.
func Bytes(b []byte) (v, rest []byte, err error) {
	n, b, err := uvarint(b)
	if err != nil {
		return nil, nil, err
	}
	if n > uint64(len(b)) {
		return nil, nil, ErrTruncated
	}
	return b[:n:n], b[n:], nil
}

// AppendBytes appends v with its length before it.
func AppendBytes[T string | []byte](b []byte, v T) []byte {
	b = AppendUvarint(b, uint64(len(v)))
	return append(b, v...)
}

// The append functions below leave out a field that has its zero value, as
// proto3 does; their output is what Google's encoder writes.

//go:noinline // it would make the page's program larger by all who call it
func appendUint(b []byte, num int, v uint64) []byte {
	if v == 0 {
		return b
	}
	return AppendUvarint(AppendUvarint(b, uint64(num<<3|typeVarint)), v)
}

// appendHead appends what stands before a field of n bytes.
//
//go:noinline // as above
func appendHead(b []byte, num, n int) []byte {
	return AppendUvarint(AppendUvarint(b, uint64(num<<3|typeBytes)), uint64(n))
}

// patchLength writes the length of b[at:] into the byte before at, making room
// if it needs more than one.
func patchLength(b []byte, at int) []byte {
	n := len(b) - at
	if n < 0x80 {
		b[at-1] = byte(n)
		return b
	}
	extra := SizeUvarint(uint64(n)) - 1
	b = extend(b, extra)
	copy(b[at+extra:], b[at:at+n])
	putUvarint(b, at-1, uint32(n))
	return b
}

// field is one field as it stands on the wire: num is the value of a varint or of
// a number of 64 bits, data the content of a length-delimited one.
type field struct {
	number int
	typ    int
	num    uint64
	data   []byte
}

// readField takes one field off b. Groups (wire types 3 and 4) do not exist in
// proto3 and are refused.
func readField(b []byte) (f field, rest []byte, err error) {
	tag, b, err := uvarint(b)
	if err != nil {
		return f, nil, err
	}
	number := tag >> 3
	if number == 0 || number > 1<<29-1 {
		return f, nil, ErrField
	}
	f.number, f.typ = int(number), int(tag&7)
	switch f.typ {
	case typeVarint:
		f.num, rest, err = uvarint(b)
	case typeBytes:
		f.data, rest, err = Bytes(b)
	case typeI64:
		if rest, err = skip(b, 8); err == nil {
			f.num = eight(b)
		}
	case typeI32:
		rest, err = skip(b, 4)
	default:
		err = ErrField
	}
	return f, rest, err
}

// shortField reads a field as most are: a number of up to three bytes, its tag
// of one. n is what it takes, 0 if the field is not like that: readField knows
// all of them.
func shortField(b []byte) (number int, v uint64, n int) {
	if len(b) < 2 || b[0]&0x87 != typeVarint || b[0] == 0 {
		return 0, 0, 0
	}
	number = int(b[0] >> 3)
	v = uint64(b[1])
	if v < 0x80 {
		return number, v, 2
	}
	if len(b) > 2 && b[2] < 0x80 {
		return number, v&0x7f | uint64(b[2])<<7, 3
	}
	if len(b) > 3 && b[2] >= 0x80 && b[3] < 0x80 {
		return number, v&0x7f | uint64(b[2]&0x7f)<<7 | uint64(b[3])<<14, 4
	}
	return 0, 0, 0
}

func skip(b []byte, n int) ([]byte, error) {
	if len(b) < n {
		return nil, ErrTruncated
	}
	return b[n:], nil
}
