// The program beside without the codec: what any page has anyway.
package main

// layout is set by the linker: its length decides where the data behind it lies.
var layout string

func main() {
	println(layout)
	buf := make([]byte, 0, 256)
	println(len(buf))
}
