//go:build !js

package texts

// update is what is said when a new version of the page is there.
var update = []Entry{
	{"update.later", "Later", "稍后"},
	{"update.take", "Reload", "重新加载"},
	{"update.there", "A new version is there. Nothing is lost when you reload.", "有新版本可用，重新加载不会丢失任何内容。"},
}
