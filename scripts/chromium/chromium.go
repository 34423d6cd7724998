// Package chromium starts the browser in which the page is tested and measured.
package chromium

import (
	"context"
	"fmt"
	"os"
	"os/exec"

	"github.com/chromedp/chromedp"
)

// Start starts a browser without a screen, with what it has stored in a folder. It
// is the one that EDGEBOARD_CHROMIUM names, otherwise chromium. Software draws what a
// graphics card would, in a process of its own.
func Start(ctx context.Context, profile string, options ...chromedp.ExecAllocatorOption) (browser context.Context, stop func(), err error) {
	path := os.Getenv("EDGEBOARD_CHROMIUM")
	if path == "" {
		if path, err = exec.LookPath("chromium"); err != nil {
			return nil, nil, fmt.Errorf("no chromium: %w; install it, or name one by EDGEBOARD_CHROMIUM", err)
		}
	}
	ctx, stopAllocator := chromedp.NewExecAllocator(ctx, append([]chromedp.ExecAllocatorOption{
		chromedp.ExecPath(path),
		chromedp.UserDataDir(profile),
		chromedp.Flag("headless", "new"),
		chromedp.Flag("no-sandbox", true),
		chromedp.Flag("use-gl", "angle"),
		chromedp.Flag("use-angle", "swiftshader"),
		chromedp.Flag("enable-unsafe-swiftshader", true),
		chromedp.Flag("no-first-run", true),
		chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true),
		// Each window would have two pages more, for what falls from the address bar.
		chromedp.Flag("disable-features", "WebUIOmniboxPopup,WebUIOmniboxAimPopup"),
		// Several windows are looked at at once; none is in the background.
		chromedp.Flag("disable-renderer-backgrounding", true),
		chromedp.Flag("disable-background-timer-throttling", true),
		chromedp.Flag("disable-backgrounding-occluded-windows", true),
	}, options...)...)
	ctx, cancel := chromedp.NewContext(ctx)
	stop = func() { cancel(); stopAllocator() }
	if err := chromedp.Do(ctx); err != nil {
		stop()
		return nil, nil, fmt.Errorf("starting chromium: %w", err)
	}
	return ctx, stop, nil
}
