//go:build !js

package texts

// strict says that a missing key panics.
const strict = true
