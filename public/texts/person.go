package texts

// person is what is said of this person and what they may do.
var person = []Entry{
	{"person.guest", "Guest {0}", "访客 {0}"},
	{"person.name", "Your name", "你的名字"},
	{"person.name-hint", "Everyone on this board sees it.", "这块白板上的所有人都会看到。"},
	{"person.now-editing", "You can edit this board now", "你现在可以编辑此白板"},
	{"person.now-view-only", "You can only view this board now", "你现在只能查看此白板"},
	{"person.view-only", "View only", "只读"},
	{"person.view-only-why", "You can look at this board, but not change it. Its owner can let you edit.", "你可以查看此白板，但不能修改。所有者可以授予你编辑权限。"},
	{"person.you", "you", "你"},
}
