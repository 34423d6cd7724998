//go:build js

package browser

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sort"
	"strconv"
	"syscall/js"
	"time"

	"edgeboard/shared/client"
)

// A device keeps boards in the IndexedDB database "edgeboard", which has
//
//	records  [board, slot, number] -> Uint8Array, a slot's records in their order
//	slots    [board, slot] -> {unsent: boolean, used: milliseconds since 1970}, of
//	         those that have records
//	aside    number -> {board, slot, at, records}: what could not be read
//
// and a lock of the browser's (Web Locks) for each slot that a page has, named
// "edgeboard.slot/" board "/" slot, which goes with the page, however that ends.
const (
	database        = "edgeboard"
	databaseVersion = 1
	lockPrefix      = "edgeboard.slot/"
)

const (
	// keptBoards is how many boards a device keeps. Of more, those that were not
	// looked at for the longest time are given up, but never one that is open, or
	// that has changes which no relay is known to have.
	keptBoards = 64
	// asideMost is how many slots that could not be read lie aside; the oldest go
	// first.
	asideMost = 16
)

var errNoKeeping = errors.New("this browser keeps nothing for this page: it has no IndexedDB or no Web Locks, as on pages that are not secure")

// OpenShelf returns where this device keeps a board.
func OpenShelf(ctx context.Context, board string) (_ client.Shelf, err error) {
	defer jsError(&err)
	if !window.Get("navigator").Get("locks").Truthy() {
		return nil, errNoKeeping
	}
	db, err := openDatabase(ctx, database, databaseVersion, func(db js.Value) {
		db.Call("createObjectStore", "records")
		db.Call("createObjectStore", "slots")
		db.Call("createObjectStore", "aside", map[string]any{"autoIncrement": true})
	})
	if err != nil {
		return nil, err
	}
	return &shelf{db: db, board: board}, nil
}

// openDatabase opens one of IndexedDB, which create makes if there is none of the
// version.
func openDatabase(ctx context.Context, name string, version int, create func(db js.Value)) (js.Value, error) {
	factory := window.Get("indexedDB")
	if !factory.Truthy() {
		return js.Undefined(), errNoKeeping
	}
	request := factory.Call("open", name, version)
	upgrade := js.FuncOf(func(js.Value, []js.Value) any {
		create(request.Get("result"))
		return nil
	})
	defer upgrade.Release()
	request.Set("onupgradeneeded", upgrade)
	db, err := answer(ctx, request)
	if err != nil {
		return js.Undefined(), err
	}
	// A later version of the program may change the database: then this page keeps
	// nothing any more, and says so.
	listen(db, "versionchange", func(js.Value) { db.Call("close") })
	return db, nil
}

// answer waits for an IDBRequest.
func answer(ctx context.Context, request js.Value) (js.Value, error) {
	if err := event(ctx, request, "success", "error"); err != nil {
		return js.Undefined(), err
	}
	return request.Get("result"), nil
}

// event waits for one of two events of an IDBRequest or IDBTransaction, of which
// the second means that it has failed.
func event(ctx context.Context, target js.Value, good, bad string) error {
	ended := make(chan bool, 1)
	var listeners [2]js.Func
	for i, name := range []string{good, bad} {
		listeners[i] = js.FuncOf(func(_ js.Value, args []js.Value) any {
			select {
			case ended <- i == 0:
			default:
			}
			return nil
		})
		target.Call("addEventListener", name, listeners[i])
	}
	defer func() {
		for i, name := range []string{good, bad} {
			target.Call("removeEventListener", name, listeners[i])
			listeners[i].Release()
		}
	}()
	select {
	case ok := <-ended:
		if ok {
			return nil
		}
		if why := target.Get("error"); why.Truthy() {
			return errors.New(why.Call("toString").String())
		}
		return errors.New("the database gave up")
	case <-ctx.Done():
		return ctx.Err()
	}
}

type shelf struct {
	db      js.Value
	board   string
	evicted bool
}

// slots returns the range of a board's keys, in either store.
func (s *shelf) slots() js.Value { return keyRange([]any{s.board}) }

func (s *shelf) records(slot int) js.Value { return keyRange([]any{s.board, slot}) }

// keyRange returns the range of the keys that begin with some parts: an array is
// greater than any number or string.
func keyRange(prefix []any) js.Value {
	return window.Get("IDBKeyRange").Call("bound", slices.Clone(prefix), append(slices.Clone(prefix), []any{}))
}

func (s *shelf) read(stores ...any) js.Value { return s.db.Call("transaction", stores) }

// write runs one transaction, and returns when it is done. It survives the end of
// the page and of the browser; only a loss of power may take back the last ones.
func (s *shelf) write(ctx context.Context, change func(store func(name string) js.Value)) error {
	tx := s.db.Call("transaction", []any{"records", "slots", "aside"}, "readwrite", map[string]any{"durability": "relaxed"})
	change(func(name string) js.Value { return tx.Call("objectStore", name) })
	if tx.Get("commit").Type() == js.TypeFunction {
		tx.Call("commit") // also if the page goes away now
	}
	return event(ctx, tx, "complete", "abort")
}

func (s *shelf) Slots(ctx context.Context) (slots []int, err error) {
	defer jsError(&err)
	keys, err := answer(ctx, s.read("slots").Call("objectStore", "slots").Call("getAllKeys", s.slots()))
	if err != nil {
		return nil, err
	}
	for i := range keys.Length() {
		if n := keys.Index(i).Index(1).Int(); n >= 0 && n < client.MaxSlots {
			slots = append(slots, n)
		}
	}
	return slots, nil
}

func (s *shelf) Read(ctx context.Context, slot int) (records [][]byte, err error) {
	defer jsError(&err)
	list, err := answer(ctx, s.read("records").Call("objectStore", "records").Call("getAll", s.records(slot)))
	if err != nil {
		return nil, err
	}
	for i := range list.Length() {
		r := list.Index(i)
		if !r.InstanceOf(window.Get("Uint8Array")) {
			return records, client.ErrDamaged
		}
		b := make([]byte, r.Length())
		js.CopyBytesToGo(b, r)
		records = append(records, b)
	}
	return records, nil
}

func (s *shelf) Take(ctx context.Context, n int) (_ client.Slot, err error) {
	defer jsError(&err)
	release, err := takeLock(ctx, lockPrefix+s.board+"/"+strconv.Itoa(n))
	if err != nil || release == nil {
		return nil, err
	}
	slot := &slot{shelf: s, n: n, release: release}
	keys, err := answer(ctx, s.read("records").Call("objectStore", "records").Call("getAllKeys", s.records(n)))
	if err != nil {
		slot.Close()
		return nil, err
	}
	if last := keys.Length(); last > 0 {
		slot.next = keys.Index(last-1).Index(2).Int() + 1
	}
	return slot, nil
}

// takeLock takes a lock of the browser's and returns what gives it back, nil if
// somebody else has it.
func takeLock(ctx context.Context, name string) (release func(), err error) {
	defer jsError(&err)
	got := make(chan func(), 1)
	granted := js.FuncOf(func(_ js.Value, args []js.Value) any {
		if args[0].IsNull() {
			got <- nil
			return nil
		}
		// The lock is held until this promise is kept.
		var keep js.Value
		executor := js.FuncOf(func(_ js.Value, args []js.Value) any { keep = args[0]; return nil })
		defer executor.Release()
		held := window.Get("Promise").New(executor)
		got <- func() { keep.Invoke() }
		return held
	})
	ended := settled(window.Get("navigator").Get("locks").Call("request", name, map[string]any{"ifAvailable": true}, granted))
	select {
	case release := <-got:
		granted.Release()
		return release, nil
	case o := <-ended:
		select {
		case release := <-got: // granted, and over: somebody else had it
			granted.Release()
			return release, nil
		default:
		}
		granted.Release()
		return nil, o.err
	case <-ctx.Done():
		go func() {
			select {
			case release := <-got:
				if release != nil {
					release()
				}
			case <-ended:
			}
			granted.Release()
		}()
		return nil, ctx.Err()
	}
}

type slot struct {
	*shelf
	n       int
	next    int    // number of the next record
	release func() // nil when it was given back
}

var errSlotClosed = errors.New("the slot was given back")

// change writes to the slot.
func (s *slot) change(ctx context.Context, f func(store func(string) js.Value)) (err error) {
	defer jsError(&err)
	if s.release == nil {
		return errSlotClosed
	}
	return s.write(ctx, f)
}

func (s *slot) put(store func(string) js.Value, r client.Record) {
	store("records").Call("put", toJS(r.Data), []any{s.board, s.n, s.next})
	store("slots").Call("put", map[string]any{"unsent": r.Unsent, "used": time.Now().UnixMilli()}, []any{s.board, s.n})
	s.next++
}

func (s *slot) Append(ctx context.Context, r client.Record) error {
	err := s.change(ctx, func(store func(string) js.Value) { s.put(store, r) })
	if err == nil {
		s.evict(ctx)
	}
	return err
}

func (s *slot) Replace(ctx context.Context, r client.Record) error {
	err := s.change(ctx, func(store func(string) js.Value) {
		store("records").Call("delete", s.records(s.n))
		s.put(store, r)
	})
	if err == nil {
		s.evict(ctx)
	}
	return err
}

func (s *slot) Remove(ctx context.Context) error {
	return s.change(ctx, s.remove)
}

func (s *slot) remove(store func(string) js.Value) {
	store("records").Call("delete", s.records(s.n))
	store("slots").Call("delete", []any{s.board, s.n})
}

func (s *slot) SetAside(ctx context.Context) (err error) {
	defer jsError(&err)
	// Nobody else writes to the slot between the two transactions.
	list, err := answer(ctx, s.read("records").Call("objectStore", "records").Call("getAll", s.records(s.n)))
	if err != nil || list.Length() == 0 {
		return err
	}
	old, err := answer(ctx, s.read("aside").Call("objectStore", "aside").Call("getAllKeys"))
	if err != nil {
		return err
	}
	return s.change(ctx, func(store func(string) js.Value) {
		for i := range old.Length() - asideMost + 1 {
			store("aside").Call("delete", old.Index(i))
		}
		store("aside").Call("add", map[string]any{"board": s.board, "slot": s.n, "at": time.Now().UnixMilli(), "records": list})
		s.remove(store)
	})
}

func (s *slot) Close() {
	if s.release != nil {
		s.release()
		s.release = nil
	}
}

// keptSlot is what the slots of all boards are looked through for.
type keptSlot struct {
	board string
	n     int
	used  float64
}

// evict gives up boards if there are too many, once in the life of the page. An
// error is none of the page's: the next one tries again.
func (s *shelf) evict(ctx context.Context) {
	if s.evicted {
		return
	}
	s.evicted = true
	_ = s.evictOldest(ctx)
}

func (s *shelf) evictOldest(ctx context.Context) (err error) {
	defer jsError(&err)
	slots := s.read("slots").Call("objectStore", "slots")
	asked, listed := slots.Call("getAllKeys"), slots.Call("getAll")
	if _, err := answer(ctx, listed); err != nil { // the later one
		return err
	}
	keys, values := asked.Get("result"), listed.Get("result")
	boards := map[string][]keptSlot{}
	unsent := map[string]bool{}
	for i := range keys.Length() {
		k := keptSlot{keys.Index(i).Index(0).String(), keys.Index(i).Index(1).Int(), values.Index(i).Get("used").Float()}
		boards[k.board] = append(boards[k.board], k)
		if values.Index(i).Get("unsent").Bool() {
			unsent[k.board] = true
		}
	}
	var oldest []keptSlot // the newest slot of each board that may go
	for board, list := range boards {
		if board != s.board && !unsent[board] {
			oldest = append(oldest, slices.MaxFunc(list, byUse))
		}
	}
	sort.Slice(oldest, func(i, j int) bool { return byUse(oldest[i], oldest[j]) < 0 })
	for _, o := range oldest[:min(len(oldest), max(0, len(boards)-keptBoards))] {
		other := &shelf{db: s.db, board: o.board, evicted: true}
		for _, k := range boards[o.board] {
			taken, err := other.Take(ctx, k.n)
			if err != nil {
				return err
			}
			if taken == nil {
				continue // open in another page
			}
			// Somebody may have been there meanwhile.
			meta, err := answer(ctx, s.read("slots").Call("objectStore", "slots").Call("get", []any{k.board, k.n}))
			if err == nil && meta.Truthy() && !meta.Get("unsent").Bool() {
				err = taken.Remove(ctx)
			}
			taken.Close()
			if err != nil {
				return err
			}
		}
	}
	return nil
}

func byUse(a, b keptSlot) int { return cmp.Compare(a.used, b.used) }
