//go:build js

package browser

import (
	"context"
	"errors"
	"syscall/js"
)

// outcome is how a promise was settled.
type outcome struct {
	value js.Value
	err   error
}

// settled delivers the outcome of a promise. Nobody need wait for it.
func settled(promise js.Value) <-chan outcome {
	ch := make(chan outcome, 1)
	var ok, fail js.Func
	finish := func(o outcome) any {
		ok.Release()
		fail.Release()
		ch <- o
		return nil
	}
	ok = js.FuncOf(func(_ js.Value, args []js.Value) any { return finish(outcome{value: args[0]}) })
	fail = js.FuncOf(func(_ js.Value, args []js.Value) any {
		return finish(outcome{err: errors.New(window.Get("String").Invoke(args[0]).String())})
	})
	promise.Call("then", ok, fail)
	return ch
}

// wait returns the outcome of a promise, or ctx's error if that ends first.
func wait(ctx context.Context, promise js.Value) (js.Value, error) {
	select {
	case o := <-settled(promise):
		return o.value, o.err
	case <-ctx.Done():
		return js.Undefined(), ctx.Err()
	}
}

// jsError makes an exception of a JavaScript call, or a value of another type
// than was expected, an error. It is deferred.
func jsError(err *error) {
	switch r := recover().(type) {
	case nil:
	case js.Error:
		*err = r
	case *js.ValueError:
		*err = r
	default:
		panic(r)
	}
}

// toJS copies bytes out of the program.
func toJS(b []byte) js.Value {
	array := window.Get("Uint8Array").New(len(b))
	js.CopyBytesToJS(array, b)
	return array
}
