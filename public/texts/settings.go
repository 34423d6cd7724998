//go:build !js

package texts

// settings is the dialog of what a person chooses for this device.
var settings = []Entry{
	{"settings.announce", "Say what others do", "播报他人的操作"},
	{"settings.announce-hint", "For screen readers.", "供屏幕阅读器使用。"},
	{"settings.auto", "Automatic", "自动"},
	{"settings.drawing", "Drawing", "绘图"},
	{"settings.language", "Language", "语言"},
	{"settings.motion", "Motion", "动画"},
	{"settings.motion-reduce", "Reduced", "减弱"},
	{"settings.notices", "Sound and speech", "声音与播报"},
	{"settings.page", "Look", "外观"},
	{"settings.sounds", "Sounds", "声音"},
	{"settings.theme", "Theme", "主题"},
	{"settings.theme-dark", "Dark", "深色"},
	{"settings.theme-light", "Light", "浅色"},
	{"settings.title", "Settings", "设置"},
	{"settings.you", "You", "你"},
}
