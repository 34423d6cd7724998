//go:build js

package browser

import (
	"context"
	"errors"
	"strings"
)

// forgotten says that this device keeps nothing any more, until the page is opened
// anew: what a page leaves when it goes would be left for whoever comes next.
var forgotten bool

// unsentBoards reports whether this device has changes, of any board, that no relay is
// known to have.
func unsentBoards(ctx context.Context) (unsent bool, err error) {
	defer jsError(&err)
	known, err := wait(ctx, window.Get("indexedDB").Call("databases"))
	if err != nil {
		return false, err
	}
	there := false
	for i := range known.Length() {
		there = there || known.Index(i).Get("name").String() == database
	}
	if !there {
		return false, nil // to open it would make it
	}
	db, err := answer(ctx, window.Get("indexedDB").Call("open", database))
	if err != nil {
		return false, err
	}
	defer db.Call("close")
	slots, err := answer(ctx, db.Call("transaction", "slots").Call("objectStore", "slots").Call("getAll"))
	if err != nil {
		return false, err
	}
	for i := range slots.Length() {
		unsent = unsent || slots.Index(i).Get("unsent").Truthy()
	}
	return unsent, nil
}

// forgetBoards removes all that this device keeps of boards: what is on them, their
// images and pictures, where they were looked at, what was seen of them, what is being
// written to others, and by what a relay knows the person again that it does not know.
func forgetBoards(ctx context.Context) (err error) {
	defer jsError(&err)
	var errs []error
	forgotten = true
	for _, name := range []string{database, blobDatabase} {
		// Pages that have it open close it when they hear of it.
		_, err := answer(ctx, window.Get("indexedDB").Call("deleteDatabase", name))
		errs = append(errs, err)
	}
	if caches := window.Get("caches"); caches.Truthy() {
		_, err := wait(ctx, caches.Call("delete", deviceCache))
		errs = append(errs, err)
	}
	forgetDrafts()
	storage := window.Get("localStorage")
	names := window.Get("Object").Call("keys", storage)
	for i := range names.Length() {
		name := names.Index(i).String()
		if strings.HasPrefix(name, "edgeboard.look.") || strings.HasPrefix(name, "edgeboard.seen.") || name == "edgeboard.secret" || name == "edgeboard."+pushName {
			storage.Call("removeItem", name)
		}
	}
	return errors.Join(errs...)
}
