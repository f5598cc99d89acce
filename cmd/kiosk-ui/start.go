package main

import (
	"bytes"
	"os"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// processStart is when the kernel started this process, on the boot clock, as
// /proc tells it (in hundredths of a second); now, if it does not.
func processStart() time.Duration {
	now := bootClock()
	stat, err := os.ReadFile("/proc/self/stat")
	if err != nil {
		return now
	}
	_, rest, ok := bytes.Cut(stat, []byte(") ")) // behind the program's name
	fields := bytes.Fields(rest)
	const starttime = 22 - 3 // proc(5); the fields here begin with the third
	if !ok || len(fields) <= starttime {
		return now
	}
	ticks, err := strconv.ParseInt(string(fields[starttime]), 10, 64)
	if err != nil {
		return now
	}
	return time.Duration(ticks) * (time.Second / 100)
}

// sinceMS is the time since began in milliseconds.
func sinceMS(began time.Duration) float64 {
	return float64(bootClock()-began) / float64(time.Millisecond)
}

// bootClock is the time since the machine was started.
func bootClock() time.Duration {
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &ts); err != nil {
		return 0
	}
	return time.Duration(ts.Nano())
}
