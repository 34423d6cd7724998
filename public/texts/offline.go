package texts

// offline is what is said while changes are not stored on the relay.
var offline = []Entry{
	{"offline.full", "This device has no room to keep the board. {0} changes are on this page alone: save them to a file before you close it.", "此设备空间不足，无法保存白板。{0} 处更改仅存在于当前页面，关闭前请保存为文件。"},
	{"offline.full.one", "This device has no room to keep the board. {0} change is on this page alone: save it to a file before you close it.", "此设备空间不足，无法保存白板。{0} 处更改仅存在于当前页面，关闭前请保存为文件。"},
	{"offline.kept", "You are offline. {0} changes are kept on this device.", "你已离线，{0} 处更改已保存在此设备上。"},
	{"offline.kept.one", "You are offline. {0} change is kept on this device.", "你已离线，{0} 处更改已保存在此设备上。"},
	{"offline.not-kept", "This browser does not keep the board. {0} changes are on this page alone: save them to a file before you close it.", "此浏览器无法保存白板。{0} 处更改仅存在于当前页面，关闭前请保存为文件。"},
	{"offline.not-kept.one", "This browser does not keep the board. {0} change is on this page alone: save it to a file before you close it.", "此浏览器无法保存白板。{0} 处更改仅存在于当前页面，关闭前请保存为文件。"},
	{"offline.not-said", "The relay cannot store messages now. {0} messages wait for it.", "服务器暂时无法存储消息，{0} 条消息正在等待。"},
	{"offline.not-said.one", "The relay cannot store messages now. {0} message waits for it.", "服务器暂时无法存储消息，{0} 条消息正在等待。"},
	{"offline.not-stored", "The relay cannot store the board now. {0} changes are kept on this device.", "服务器暂时无法存储白板，{0} 处更改已保存在此设备上。"},
	{"offline.not-stored.one", "The relay cannot store the board now. {0} change is kept on this device.", "服务器暂时无法存储白板，{0} 处更改已保存在此设备上。"},
	{"offline.nothing", "You are offline. What you change is kept on this device.", "你已离线，所做的更改会保存在此设备上。"},
	{"offline.save", "Save to a file", "保存为文件"},
	{"offline.unkept", "You are offline, and this browser keeps nothing: what you change now is lost with this page.", "你已离线，且此浏览器无法保存内容：现在所做的更改会随页面关闭而丢失。"},
	{"offline.view", "You are offline. You see the board as this device has kept it.", "你已离线，当前显示的是此设备上保存的白板。"},
}
