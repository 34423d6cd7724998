package texts

// exportTexts is what is said of boards as files.
var exportTexts = []Entry{
	{"export.broken", "{0} is no board and no drawing that can be read: {1}", "无法读取 {0}：{1}"},
	{"export.command", "Export…", "导出…"},
	{"export.excalidraw", "A drawing that Excalidraw opens", "可用 Excalidraw 打开"},
	{"export.failed", "The file could not be made. Try again.", "无法生成文件，请重试。"},
	{"export.format", "Format", "格式"},
	{"export.ground", "White background", "白色背景"},
	{"export.import", "Import…", "导入…"},
	{"export.imported", "{0} elements imported", "已导入 {0} 个元素"},
	{"export.imported.one", "{0} element imported", "已导入 {0} 个元素"},
	{"export.json", "The whole board, to be imported again", "整个白板，可重新导入"},
	{"export.left", "{0} elements imported; {1} could not be taken over", "已导入 {0} 个元素，另有 {1} 项无法导入"},
	{"export.no-room", "The board has no room for so many elements.", "白板容纳不下这么多元素。"},
	{"export.page", "This page", "当前页面"},
	{"export.pdf", "All pages, made by the relay", "所有页面，由服务器生成"},
	{"export.png", "A picture in pixels", "位图"},
	{"export.save", "Save", "保存"},
	{"export.scale", "Size", "尺寸"},
	{"export.selection", "What is selected", "所选内容"},
	{"export.svg", "A picture to be scaled", "矢量图"},
	{"export.title", "Export", "导出"},
	{"export.too-large", "{0} is larger than {1} MB.", "{0} 超过 {1} MB。"},
	{"export.what", "What", "内容"},
}
