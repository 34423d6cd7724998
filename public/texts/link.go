package texts

// linkTexts is what is said around links of elements.
var linkTexts = []Entry{
	{"link.copied", "Link to the element copied", "元素链接已复制"},
	{"link.format", "This is no address. A link begins with https:// or is one of a mailbox.", "这不是有效地址。链接应以 https:// 开头，或者是邮箱地址。"},
	{"link.gone", "What the link leads to is not on the board any more.", "链接指向的内容已不在白板上。"},
	{"link.hint", "A web or mail address, or a link to an element that was copied here.", "网页或邮箱地址，或在此复制的元素链接。"},
	{"link.open", "Open {0}", "打开 {0}"},
	{"link.remove", "Remove link", "移除链接"},
	{"link.scheme", "Only links to https, http and mail addresses are allowed.", "只允许 https、http 和邮箱链接。"},
	{"link.signs", "Links of elements", "元素的链接"},
	{"link.title", "Link", "链接"},
	{"link.to-element", "Go to the element", "前往该元素"},
	{"link.too-long", "The address is too long.", "地址太长。"},
}
