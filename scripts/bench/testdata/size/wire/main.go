// The least program that writes and reads every message, to see what the codec
// adds to a page.
package main

import "edgeboard/shared/wire"

var messages = []wire.Message{
	&wire.Hello{}, &wire.Welcome{}, &wire.Update{}, &wire.Ack{}, &wire.Cursors{}, &wire.Joined{}, &wire.Left{},
	&wire.Ping{}, &wire.Pong{}, &wire.Denied{}, &wire.Profile{}, &wire.Preview{}, &wire.Refresh{},
}

var layout string // as in the program beside

func main() {
	println(layout)
	buf := make([]byte, 0, 256)
	for _, m := range messages {
		buf = wire.AppendTimedFrame(buf, 1, 1, m)
		for frame, err := range wire.Frames(buf) {
			if err == nil {
				err = m.Parse(frame.Body)
			}
			if err != nil {
				println(err.Error())
			}
		}
	}
	println(len(buf))
}
