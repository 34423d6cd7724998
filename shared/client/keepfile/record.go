package keepfile

import (
	"encoding/binary"
	"hash/crc32"

	"edgeboard/shared/client"
)

// A file of records is
//
//	8 bytes  "EDGEKEPT"
//	records, each
//	  4 bytes  length of the data, little-endian
//	  4 bytes  CRC-32C (RFC 3720, appendix B.4) of length and data
//	  data
//
// A file ends in the middle of a record when the program or the machine stopped
// while it was written: that record is left out. So is one that reaches up to the
// end and whose sum is wrong, or zeros up to the end: a file may have grown before
// its bytes were written. Anything else is damage.
const (
	magic      = "EDGEKEPT"
	headLength = 8
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func appendRecord(b, data []byte) []byte {
	at := len(b)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(data)))
	sum := crc32.Update(crc32.Update(0, castagnoli, b[at:]), castagnoli, data)
	b = binary.LittleEndian.AppendUint32(b, sum)
	return append(b, data...)
}

// parse returns the records of a file, which are not copied, and where the last
// whole one ends. An error is ErrDamaged; the records before the damage are
// returned with it.
func parse(file []byte) (records [][]byte, end int, err error) {
	switch n := min(len(file), len(magic)); {
	case zero(file) || n < len(magic) && string(file) == magic[:n]:
		return nil, 0, nil
	case string(file[:n]) != magic:
		return nil, 0, client.ErrDamaged
	}
	end = len(magic)
	for end < len(file) {
		rest := file[end:]
		if len(rest) < headLength || zero(rest) {
			return records, end, nil
		}
		n := uint64(binary.LittleEndian.Uint32(rest))
		if n > uint64(len(rest)-headLength) {
			return records, end, nil
		}
		data := rest[headLength : headLength+n : headLength+n]
		sum := crc32.Update(crc32.Update(0, castagnoli, rest[:4]), castagnoli, data)
		if sum != binary.LittleEndian.Uint32(rest[4:]) {
			if int(n) == len(rest)-headLength {
				return records, end, nil
			}
			return records, end, client.ErrDamaged
		}
		records = append(records, data)
		end += headLength + int(n)
	}
	return records, end, nil
}

func zero(b []byte) bool {
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}
