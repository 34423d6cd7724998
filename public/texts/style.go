//go:build !js

package texts

// style is what the panel of colours and lines says, but for the names of
// colours.
var style = []Entry{
	{"style.color", "Colour", "颜色"},
	{"style.dashed", "Dashed", "虚线"},
	{"style.dotted", "Dotted", "点线"},
	{"style.end", "End", "末尾"},
	{"style.extra-large", "Extra large", "特大"},
	{"style.extra-thick", "Extra thick", "特粗"},
	{"style.fill", "Fill", "填充"},
	{"style.head-both", "At both ends", "两端"},
	{"style.head-end", "At the end", "末端"},
	{"style.heads", "Arrow heads", "箭头"},
	{"style.large", "Large", "大"},
	{"style.line", "Line", "线条"},
	{"style.medium", "Medium", "中"},
	{"style.middle", "Middle", "居中"},
	{"style.none", "None", "无"},
	{"style.opacity", "Opacity", "不透明度"},
	{"style.small", "Small", "小"},
	{"style.solid", "Solid", "实线"},
	{"style.start", "Start", "起始"},
	{"style.text", "Text", "文字"},
	{"style.thick", "Thick", "粗"},
	{"style.thin", "Thin", "细"},
}
