// The program beside without the codec: what any page has anyway.
package main

func main() {
	buf := make([]byte, 0, 256)
	println(len(buf))
}
