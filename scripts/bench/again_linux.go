package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// parts are the programs that a bench starts: this one once more. People do not name them.
var parts = map[string]func(ctx context.Context, args []string, out *report) error{
	transportsPart: measureTransports,
	lossPart:       measureLoss,
	cursorsPart:    pointAndWatch,
	strokesPart:    drawStrokes,
	attackPart:     attack,
	barePart:       serveBare,
	countedPart:    serveCounted,
}

// self is this program, to be run once more.
func self(ctx context.Context, out *report, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "/proc/self/exe", args...)
	cmd.Stderr = out.stderr
	// It has to clean up, and to end what it has started.
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 5 * time.Second
	return cmd
}

// figuresFrom runs a command that prints figures, and passes them on. Where that is allowed, the command, and what it
// starts, goes before what else the machine does: it needs little, but when it is due.
func figuresFrom(ctx context.Context, cmd *exec.Cmd, out *report) error {
	stdout, err := cmd.StdoutPipe()
	if err == nil {
		err = startFirst(cmd, out)
	}
	if err != nil {
		return err
	}
	passed := pass(stdout, out)
	err = cmd.Wait()
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	if err != nil {
		return err
	}
	return passed
}

// startFirst starts a command with the scheduling SCHED_RR, which it inherits from the thread that starts it. Niceness
// would not do: systems that group processes by session weigh it within a session alone.
func startFirst(cmd *exec.Cmd, out *report) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Pdeathsig = syscall.SIGINT // should this process be killed
	usual := unix.SchedAttr{Size: unix.SizeofSchedAttr, Policy: unix.SCHED_NORMAL}
	first := unix.SchedAttr{Size: unix.SizeofSchedAttr, Policy: unix.SCHED_RR, Priority: 1}
	if err := unix.SchedSetAttr(0, &first, 0); err != nil {
		out.note("what else this machine does disturbs the figures, since it cannot be made to wait: %v", err)
		return cmd.Start()
	}
	started := cmd.Start()
	if err := unix.SchedSetAttr(0, &usual, 0); err != nil {
		return fmt.Errorf("scheduling as before: %w", err)
	}
	return started
}
