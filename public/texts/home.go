//go:build !js

package texts

// home is what is shown in the place of a new board where the relay cannot be reached.
var home = []Entry{
	{"home.again", "Try again", "重试"},
	{"home.none", "You are offline, and no board was opened on this device. A new one needs the network.", "你已离线，且此设备上没有打开过白板。新建白板需要网络连接。"},
	{"home.offline", "You are offline. A new board needs the network; these are kept on this device:", "你已离线。新建白板需要网络连接；以下白板保存在此设备上："},
}
