package compat

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"edgeboard/relay/cluster/clustertest"
)

// A redisKey is a line of redis.jsonl.gz: a key and what it has, as the commands say it
// that put it there.
type redisKey struct {
	Key    []byte
	String []byte     `json:",omitempty"`
	Hash   [][]byte   `json:",omitempty"` // field, value, field ...
	Stream [][][]byte `json:",omitempty"` // of each entry: ID, field, value, field ...
	Last   string     `json:",omitempty"` // of a stream: the last ID that it ever had
}

// redisConn speaks RESP.
type redisConn struct {
	t *testing.T
	c net.Conn
	r *bufio.Reader
}

func dialRedis(t *testing.T, redis *clustertest.Redis) *redisConn {
	t.Helper()
	c, err := net.Dial("tcp", redis.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if err := c.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	return &redisConn{t, c, bufio.NewReader(c)}
}

// do sends a command and returns its answer: []byte, int64, or []any of them.
func (r *redisConn) do(args ...any) any {
	r.t.Helper()
	var b bytes.Buffer
	fmt.Fprintf(&b, "*%d\r\n", len(args))
	for _, a := range args {
		text, ok := a.([]byte)
		if !ok {
			text = []byte(fmt.Sprint(a))
		}
		fmt.Fprintf(&b, "$%d\r\n%s\r\n", len(text), text)
	}
	if _, err := r.c.Write(b.Bytes()); err != nil {
		r.t.Fatal(err)
	}
	return r.answer()
}

func (r *redisConn) answer() any {
	r.t.Helper()
	line, err := r.r.ReadString('\n')
	if err != nil {
		r.t.Fatal(err)
	}
	line = strings.TrimRight(line, "\r\n")
	n, _ := strconv.ParseInt(line[1:], 10, 64)
	switch line[0] {
	case '+':
		return []byte(line[1:])
	case ':':
		return n
	case '$':
		if n < 0 {
			return []byte(nil)
		}
		b := make([]byte, n+2)
		if _, err := io.ReadFull(r.r, b); err != nil {
			r.t.Fatal(err)
		}
		return b[:n]
	case '*':
		list := []any{}
		for range n {
			list = append(list, r.answer())
		}
		return list
	}
	r.t.Fatalf("Redis says %s", line)
	return nil
}

func texts(v any) (list [][]byte) {
	for _, one := range array(v) {
		b, _ := one.([]byte)
		list = append(list, b)
	}
	return list
}

// dumpRedis returns all that lasts: leases and what else has an end is left out.
func dumpRedis(t *testing.T, redis *clustertest.Redis) []byte {
	t.Helper()
	r := dialRedis(t, redis)
	keys := texts(r.do("KEYS", "*"))
	slices.SortFunc(keys, bytes.Compare)
	var lines bytes.Buffer
	for _, key := range keys {
		if r.do("PTTL", key).(int64) >= 0 {
			continue
		}
		k := redisKey{Key: key}
		switch kind := string(r.do("TYPE", key).([]byte)); kind {
		case "string":
			k.String = r.do("GET", key).([]byte)
		case "hash":
			k.Hash = texts(r.do("HGETALL", key))
		case "stream":
			for _, e := range array(r.do("XRANGE", key, "-", "+")) {
				k.Stream = append(k.Stream, slices.Concat(texts([]any{array(e)[0]}), texts(array(e)[1])))
			}
			info := array(r.do("XINFO", "STREAM", key))
			for i := 0; i+1 < len(info); i += 2 {
				if name, _ := info[i].([]byte); string(name) == "last-generated-id" {
					k.Last = string(info[i+1].([]byte))
				}
			}
		default:
			t.Fatalf("%s is a %s, which is not recorded: write that here", key, kind)
		}
		line, err := json.Marshal(k)
		if err != nil {
			t.Fatal(err)
		}
		lines.Write(append(line, '\n'))
	}
	return lines.Bytes()
}

func restoreRedis(t *testing.T, redis *clustertest.Redis, dump []byte) {
	t.Helper()
	r := dialRedis(t, redis)
	for line := range bytes.Lines(dump) {
		var k redisKey
		if err := json.Unmarshal(line, &k); err != nil {
			t.Fatal(err)
		}
		add := func(command ...any) func(list [][]byte) {
			return func(list [][]byte) {
				for _, b := range list {
					command = append(command, b)
				}
				r.do(command...)
			}
		}
		switch {
		case k.Last != "":
			if len(k.Stream) == 0 { // all was trimmed
				r.do("XADD", k.Key, "0-1", "x", "x")
				r.do("XDEL", k.Key, "0-1")
			}
			for _, e := range k.Stream {
				add("XADD", k.Key)(e)
			}
			r.do("XSETID", k.Key, k.Last)
		case k.Hash != nil:
			add("HSET", k.Key)(k.Hash)
		default:
			r.do("SET", k.Key, k.String)
		}
	}
}
