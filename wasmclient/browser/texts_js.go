package browser

import (
	"sync"

	"edgeboard/public/texts"
)

// Language returns the language that the page speaks: the one it was served in.
var Language = sync.OnceValue(func() texts.Language {
	l, _ := texts.Tagged(document.Get("documentElement").Get("lang").String())
	return l
})

// Text returns the catalogue's text with a key in the page's language, with args in
// its places.
func Text(key string, args ...string) string { return Language().Text(key, args...) }

// roleKeys are the texts of RoleNames.
var roleKeys = [...]string{"sharing.viewer", "sharing.commenter", "sharing.editor", "sharing.owner"}

// textsOf returns the texts of keys.
func textsOf(keys []string) []string {
	all := make([]string, len(keys))
	for i, key := range keys {
		all[i] = Text(key)
	}
	return all
}
