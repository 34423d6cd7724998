package texts

// clipboard is what is said of copying and pasting.
var clipboard = []Entry{
	{"clipboard.copied-svg", "Copied as SVG", "已复制为 SVG"},
	{"clipboard.not-copied", "The browser keeps the board from the clipboard. Press {0} to copy.", "浏览器不允许写入剪贴板，请按 {0} 复制。"},
	{"clipboard.not-pasted", "The browser keeps the board from the clipboard. Press {0} to paste.", "浏览器不允许读取剪贴板，请按 {0} 粘贴。"},
	{"clipboard.too-large", "What the clipboard has is too large to paste.", "剪贴板中的内容过大，无法粘贴。"},
}
