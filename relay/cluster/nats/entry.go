package nats

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"edgeboard/relay/cluster"
)

// An entry is stored as
//
//	1                 the version
//	byte, From        its length, and the relay's name
//	uvarint, Key      its length, and the key
//	Data              the rest
//
// and without headers, which the server would have to copy each time.
const version = 1

func pack(x cluster.Entry) []byte {
	b := make([]byte, 0, 2+len(x.From)+binary.MaxVarintLen32+len(x.Key)+len(x.Data))
	b = append(b, version, byte(len(x.From)))
	b = append(b, x.From...)
	b = binary.AppendUvarint(b, uint64(len(x.Key)))
	b = append(b, x.Key...)
	return append(b, x.Data...)
}

var errForeign = errors.New("nats: a stream has something that no relay stores")

// unpack returns what pack has packed; Data is part of b.
func unpack(position uint64, b []byte) (cluster.Entry, error) {
	x := cluster.Entry{Position: position}
	if len(b) < 2 || b[0] != version || len(b) < 2+int(b[1]) {
		return x, fmt.Errorf("%w, at %d", errForeign, position)
	}
	from := 2 + int(b[1])
	x.From, b = string(b[2:from]), b[from:]
	n, size := binary.Uvarint(b)
	if size <= 0 || n > uint64(len(b)-size) {
		return x, fmt.Errorf("%w, at %d", errForeign, position)
	}
	x.Key, x.Data = string(b[size:size+int(n)]), b[size+int(n):]
	return x, nil
}

// logPlace is where a log is.
type logPlace struct {
	stream string
	all    string // subject of all its entries
	told   string // subject that the server tells them by
	board  string // token; the Journal has none
	place  string // token of its snapshot
	prefix string
}

func (e *Engine) logOf(log string) (logPlace, error) {
	p := e.opt.Prefix
	if log == cluster.Journal {
		return logPlace{stream: e.journal(), all: p + ".j.*", told: p + ".t.j.*", place: "~journal", prefix: p}, nil
	}
	board, ok := strings.CutPrefix(log, cluster.BoardLog(""))
	if !ok || board == "" {
		return logPlace{}, fmt.Errorf("nats: there is no log %q", log)
	}
	t := token(board)
	return logPlace{stream: e.boards(), all: p + ".b." + t, told: p + ".t.b." + t, board: t, place: t, prefix: p}, nil
}

// of is the subject of entries with a key. It is the key's hash: subjects have no spaces
// and no bytes that are not text.
func (l logPlace) of(key string) string {
	if l.board != "" {
		return l.all
	}
	sum := sha256.Sum256([]byte(key))
	return l.prefix + ".j." + hex.EncodeToString(sum[:16])
}

// token makes a name part of a subject: as it is, if it can be.
func token(name string) string {
	for _, c := range []byte(name) {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' && c != '_' {
			return "=" + base64.RawURLEncoding.EncodeToString([]byte(name))
		}
	}
	if name == "" {
		return "="
	}
	return name
}
