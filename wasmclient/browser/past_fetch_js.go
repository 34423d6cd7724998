//go:build js

package browser

import (
	"context"
	"strconv"
	"syscall/js"
	"time"
)

// Version is a named version of the board.
type Version struct {
	ID   string
	At   uint64 // after so many updates
	When int64  // it was named, milliseconds since 1970 UTC
	Name string
	By   string
}

// pastTimeout is for one request of the board's past, which may be some MiB.
const pastTimeout = time.Minute

// ReadPast returns records of the board's past (see package history) from where from
// updates were stored; none: there are no more.
func (a *Access) ReadPast(from uint64) ([]byte, error) {
	return a.records("/history/log?from=" + strconv.FormatUint(from, 10))
}

// ReadVersion returns a version as such a record.
func (a *Access) ReadVersion(id string) ([]byte, error) {
	return a.records("/versions/" + escape(id))
}

func (a *Access) records(path string) (b []byte, err error) {
	err = a.past("GET", path, nil, func(ctx context.Context, response js.Value) error {
		buffer, err := wait(ctx, response.Call("arrayBuffer"))
		if err == nil {
			array := window.Get("Uint8Array").New(buffer)
			b = make([]byte, array.Length())
			js.CopyBytesToGo(b, array)
		}
		return err
	})
	return b, err
}

// Versions returns the board's named versions, the oldest first.
func (a *Access) Versions() (list []Version, err error) {
	err = a.past("GET", "/history", nil, func(ctx context.Context, response js.Value) error {
		body, err := wait(ctx, response.Call("json"))
		if err != nil {
			return err
		}
		all := body.Get("versions")
		for i := range all.Length() {
			v := all.Index(i)
			list = append(list, Version{
				ID: strconv.FormatFloat(v.Get("id").Float(), 'f', -1, 64),
				At: uint64(v.Get("at").Float()), When: int64(v.Get("when").Float()),
				Name: text(v, "name"), By: text(v, "by"),
			})
		}
		return nil
	})
	return list, err
}

// NameVersion gives a name to the board as it was after so many updates; by is who
// does, where the relay does not know.
func (a *Access) NameVersion(name, by string, at uint64) error {
	return a.past("POST", "/versions", map[string]any{"name": name, "by": by, "at": float64(at)}, nil)
}

// RemoveVersion takes a version away.
func (a *Access) RemoveVersion(id string) error {
	return a.past("DELETE", "/versions/"+escape(id), nil, nil)
}

// past asks the relay for something of the board's past.
func (a *Access) past(method, path string, body map[string]any, read func(ctx context.Context, response js.Value) error) (err error) {
	defer jsError(&err)
	ctx, cancel := context.WithTimeout(context.Background(), pastTimeout)
	defer cancel()
	response, err := a.request(ctx, method, "/b/"+Board()+path, body)
	if err == nil {
		err = refused(ctx, response)
	}
	if err == nil && read != nil {
		err = read(ctx, response)
	}
	return err
}

// Date returns a time, in milliseconds since 1970 UTC, as people write it here, with
// the time of day.
func Date(ms int64) string {
	return js.Global().Get("Date").New(float64(ms)).Call("toLocaleString", Language().Tag(), map[string]any{"dateStyle": "medium", "timeStyle": "short"}).String()
}

// Day returns when something was, as people say it: the time if it was today, the day
// of the week if that is clear, or else the date.
func Day(ms int64) string {
	date := js.Global().Get("Date")
	then, now := date.New(float64(ms)), date.New()
	options := map[string]any{"dateStyle": "medium"}
	switch age := now.Call("getTime").Float() - float64(ms); {
	case age < 20*3600*1000 && then.Call("getDate").Int() == now.Call("getDate").Int():
		options = map[string]any{"timeStyle": "short"}
	case age < 6*24*3600*1000:
		options = map[string]any{"weekday": "long"}
	}
	return then.Call("toLocaleString", Language().Tag(), options).String()
}
