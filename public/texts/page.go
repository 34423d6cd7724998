//go:build !js

package texts

// pageOnly is the tables that no program in the page needs: it would be larger by them.
var pageOnly = [...][]Entry{
	boot,
	command,
	help,
	hint,
	home,
	keys,
	settings,
	style,
	templates,
	tiles,
	update,
	wishes,
}
