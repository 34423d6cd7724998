package auth

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Limits of what comes from outside, in bytes.
const (
	maxToken  = 8 << 10 // wire.MaxToken
	maxName   = 160     // wire.MaxName
	maxID     = 255     // of a jti
	maxKeyID  = 255
	maxPlaces = 32 // of an aud, in entries
)

// segment takes what base64url makes of one sequence of bytes, and nothing else
// that a lenient decoder takes for the same (RFC 7515 section 2).
var segment = base64.RawURLEncoding.Strict()

// split cuts a token in the compact form (RFC 7515 section 7.1) into its three
// parts. It looks at its letters: a decoder of base64 skips line ends.
func split(token string) (head, body, mac string, err *Error) {
	switch {
	case token == "":
		return "", "", "", refuse(Missing, "there is no token; ask for one and come again")
	case len(token) > maxToken:
		return "", "", "", refuse(Bad, fmt.Sprintf("the token is longer than %d bytes", maxToken))
	case strings.ContainsFunc(token, notInToken):
		return "", "", "", refuse(Bad, "the token is not a JWT: it has letters that none has")
	}
	parts := strings.SplitN(token, ".", 6)
	switch len(parts) {
	case 3:
		return parts[0], parts[1], parts[2], nil
	case 5:
		return "", "", "", refuse(Bad, "the token is encrypted; the relay takes signed ones")
	}
	return "", "", "", refuse(Bad, "the token is not a JWT: it has not three parts")
}

func notInToken(c rune) bool { return c != '.' && notInName(c) }

// fields are the members of a JSON object. Names are compared letter by letter,
// and none comes twice: what another program reads in the same bytes is not to
// depend on which of two it takes.
type fields map[string]json.RawMessage

func parseFields(b []byte) (fields, error) {
	if !utf8.Valid(b) {
		return nil, errors.New("it is not UTF-8")
	}
	d := json.NewDecoder(bytes.NewReader(b))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, errors.New("it is not a JSON object")
	}
	f := fields{}
	for d.More() {
		t, err := d.Token()
		name, ok := t.(string)
		if err != nil || !ok {
			return nil, errors.New("it is not a JSON object")
		}
		if _, twice := f[name]; twice {
			return nil, errors.New("it has a member twice")
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return nil, errors.New("it is not a JSON object")
		}
		f[name] = value
	}
	if _, err := d.Token(); err != nil {
		return nil, errors.New("it is not a JSON object")
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something follows the JSON object")
	}
	return f, nil
}

func (f fields) has(name string) bool { return f[name] != nil }

// text reads a string of at most most bytes; "" if there is none.
func (f fields) text(name string, most int) (string, error) {
	raw, ok := f[name]
	if !ok {
		return "", nil
	}
	var s *string
	if err := json.Unmarshal(raw, &s); err != nil || s == nil {
		return "", fmt.Errorf("%s is not a string", name)
	}
	if len(*s) > most {
		return "", fmt.Errorf("%s is longer than %d bytes", name, most)
	}
	if strings.ContainsFunc(*s, unicode.IsControl) {
		return "", fmt.Errorf("%s has control characters", name)
	}
	return *s, nil
}

// texts reads a string or a list of them.
func (f fields) texts(name string) ([]string, error) {
	raw, ok := f[name]
	if !ok {
		return nil, nil
	}
	if raw[0] == '"' {
		s, err := f.text(name, maxToken)
		return []string{s}, err
	}
	var list []*string
	if err := json.Unmarshal(raw, &list); err != nil || list == nil || slices.Contains(list, nil) {
		return nil, fmt.Errorf("%s is neither a string nor a list of strings", name)
	}
	if len(list) > maxPlaces {
		return nil, fmt.Errorf("%s has more than %d entries", name, maxPlaces)
	}
	all := make([]string, len(list))
	for i, s := range list {
		all[i] = *s
	}
	return all, nil
}

// flag reads a bool; false if there is none.
func (f fields) flag(name string) (bool, error) {
	raw, ok := f[name]
	if !ok {
		return false, nil
	}
	var b *bool
	if err := json.Unmarshal(raw, &b); err != nil || b == nil {
		return false, fmt.Errorf("%s is neither true nor false", name)
	}
	return *b, nil
}

// lastSecond is the end of the year 9999, the last that RFC 3339 can write.
const lastSecond = 253402300799

// time reads a NumericDate (RFC 7519 section 2): seconds since 1970, of which a
// fraction counts to the microsecond. Zero if there is none.
func (f fields) time(name string) (time.Time, error) {
	raw, ok := f[name]
	if !ok {
		return time.Time{}, nil
	}
	var s *float64
	if err := json.Unmarshal(raw, &s); err != nil || s == nil {
		return time.Time{}, fmt.Errorf("%s is not a number of seconds", name)
	}
	if *s < 0 || *s > lastSecond {
		return time.Time{}, fmt.Errorf("%s is not between the years 1970 and 9999", name)
	}
	return time.UnixMicro(int64(math.Round(*s * 1e6))), nil
}

// boards reads an object of names and beginnings of names, with the role on each.
func (f fields) boards(name string) (map[string]Role, error) {
	raw, ok := f[name]
	if !ok {
		return nil, nil
	}
	object, err := parseFields(raw)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if len(object) > MaxBoards {
		return nil, fmt.Errorf("%s has more than %d entries", name, MaxBoards)
	}
	boards := make(map[string]Role, len(object))
	for pattern, raw := range object {
		if checkPattern(pattern) != nil {
			return nil, fmt.Errorf("%s: a key is neither a board's name nor the beginning of one with * behind it", name)
		}
		var text string
		var role Role
		if json.Unmarshal(raw, &text) != nil || role.UnmarshalText([]byte(text)) != nil {
			return nil, fmt.Errorf("%s: a role is viewer, commenter, editor or owner", name)
		}
		boards[pattern] = role
	}
	return boards, nil
}
