//go:build !race

package board

const raced = false
