//go:build !js

package texts

// boot is what is shown until the board is there, and when it cannot be. It
// stands in the page and in boot.js.
var boot = []Entry{
	{"boot.copied", "Copied", "已复制"},
	{"boot.load", "Loading the board", "正在加载白板"},
	{"boot.loaded", "{0} of {1} MB", "{0} / {1} MB"},
	{"boot.lost", "The graphics of this device have failed repeatedly.", "此设备的图形功能多次失效。"},
	{"boot.lost-help", "Nothing is lost. Close other pages that draw much, or restart the browser, and reload the page.", "内容没有丢失。请关闭其他占用图形资源的页面，或重启浏览器，然后重新加载页面。"},
	{"boot.network", "The board could not be loaded.", "白板加载失败。"},
	{"boot.network-help", "Check the network connection and reload the page.", "请检查网络连接，然后重新加载页面。"},
	{"boot.reload", "Reload page", "重新加载页面"},
	{"boot.report", "Copy report", "复制错误报告"},
	{"boot.script", "Edgeboard needs JavaScript.", "请启用 JavaScript。"},
	{"boot.start", "Starting", "正在启动"},
	{"boot.stopped", "The board has stopped because of an error.", "白板因错误而停止。"},
	{"boot.stopped-help", "Reload the page to go on: what was drawn is kept. The report says what has happened, and nothing of the board.", "重新加载页面即可继续，已绘制的内容已保存。错误报告只包含出错信息，不包含白板内容。"},
	{"boot.wasm", "This browser cannot run WebAssembly.", "此浏览器无法运行 WebAssembly。"},
	{"boot.wasm-help", "The board is made of it. Update the browser, or open this address in a current Chrome, Edge, Firefox or Safari. Some browsers switch WebAssembly off in a high-security mode.", "白板需要它。请更新浏览器，或用新版 Chrome、Edge、Firefox 或 Safari 打开此地址。部分浏览器的高安全模式会关闭 WebAssembly。"},
	{"boot.webgl", "WebGL is missing.", "WebGL 不可用。"},
	{"boot.webgl-help", "The board is drawn with it. Switch on hardware acceleration in the browser’s settings and restart the browser, or open this address in another browser or on another device.", "白板靠它绘制。请在浏览器设置中打开硬件加速并重启浏览器，或换一个浏览器或设备打开此地址。"},
}
