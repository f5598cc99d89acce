package stage

import (
	"os/exec"
	"runtime"
	"sync"
)

// The kernel sends Pdeathsig when the thread that started a program ends, not the
// whole process. So one goroutine, locked to a thread that never ends, starts them.
var starter = sync.OnceValue(func() chan<- startRequest {
	requests := make(chan startRequest)
	go func() {
		runtime.LockOSThread()
		for r := range requests {
			r.err <- r.cmd.Start()
		}
	}()
	return requests
})

type startRequest struct {
	cmd *exec.Cmd
	err chan error
}

func startOnOwnThread(cmd *exec.Cmd) error {
	r := startRequest{cmd, make(chan error, 1)}
	starter() <- r
	return <-r.err
}
