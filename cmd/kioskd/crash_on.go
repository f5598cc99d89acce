//go:build crashtest

package main

import (
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"

	"murur/kiosk/ledger"
)

// crashing kills the program, as a power cut would, at a given ledger commit:
// MURUR_CRASH is "before:3" or "after:3". Only builds for the crash tests have it.
func crashing(o ledger.Options) ledger.Options {
	when, number, _ := strings.Cut(os.Getenv("MURUR_CRASH"), ":")
	at, err := strconv.ParseInt(number, 10, 64)
	if err != nil {
		return o
	}
	var commits atomic.Int64
	hook := func() {
		if commits.Add(1) == at {
			syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {}
		}
	}
	if when == "before" {
		o.BeforeCommit = hook
	} else {
		o.AfterCommit = hook
	}
	return o
}
