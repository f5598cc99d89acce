package zvt

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"murur/devices"
	"murur/devices/terminal"
)

// Bits of field 19 in the 06 0F of a registration.
const (
	dueInitialise = 0x01
	dueDiagnosis  = 0x02
	dueOPT        = 0x04
)

// Due lists the jobs that registration and status ask for.
func (d *Driver) Due(ctx context.Context) ([]terminal.Job, error) {
	if err := d.acquire(ctx); err != nil {
		return nil, fmt.Errorf("cannot ask what is due: %w", err)
	}
	defer d.release()
	if err := d.connect(ctx); err != nil {
		return nil, fmt.Errorf("cannot ask what is due: %w", err)
	}
	state, err := d.enquire(ctx)
	if err != nil {
		return nil, fmt.Errorf("cannot ask what is due: %w", err)
	}
	var jobs []terminal.Job
	add := func(j terminal.Job) {
		for _, have := range jobs {
			if have == j {
				return
			}
		}
		jobs = append(jobs, j)
	}
	if j := job(state.Status); j != "" {
		add(j)
	}
	if d.reg.Status&dueInitialise != 0 {
		add(terminal.JobInitialise)
	}
	if d.reg.Status&dueDiagnosis != 0 {
		add(terminal.JobDiagnosis)
	}
	if d.reg.Status&dueOPT != 0 {
		add(terminal.JobService)
	}
	return jobs, nil
}

// job is what cures a terminal status; empty where nothing has to be done.
func job(status byte) terminal.Job {
	switch status {
	case 0x51:
		return terminal.JobInitialise
	case 0x62, 0xC1:
		return terminal.JobClock
	case 0xC2:
		return terminal.JobDiagnosis
	case 0x6A, 0xB1, 0xF0:
		return terminal.JobEndOfDay
	}
	if f := StatusFault(status); f != nil && f.Remedy == devices.RemedyMaintenance {
		return terminal.JobService
	}
	return ""
}

// Perform carries out a job; see terminal.Terminal. A terminal that refuses it says so
// by a *devices.Fault where its code names one.
func (d *Driver) Perform(ctx context.Context, j terminal.Job) ([]terminal.Slip, error) {
	cannot := func(err error) error { return fmt.Errorf("cannot carry out the job %s: %w", j, err) }
	var done byte
	switch j {
	case terminal.JobDiagnosis:
		done = dueDiagnosis
	case terminal.JobInitialise:
		done = dueInitialise
	case terminal.JobClock:
	default:
		return nil, cannot(terminal.ErrUnsupported)
	}
	if err := d.acquire(ctx); err != nil {
		return nil, cannot(err)
	}
	defer d.release()
	if err := d.connect(ctx); err != nil {
		return nil, cannot(err)
	}
	var cmd []byte
	switch j {
	case terminal.JobDiagnosis:
		cmd = AppendDiagnosis(nil)
	case terminal.JobInitialise:
		cmd = AppendInitialise(nil, d.o.Password)
	case terminal.JobClock:
		cmd = AppendClock(nil, d.o.Password, time.Now().In(d.o.Location))
	}
	err := d.simple(ctx, cmd)
	if err == nil {
		d.reg.Status &^= done
	}
	slips := d.paper.take()
	if err != nil {
		return slips, cannot(err)
	}
	return slips, nil
}

// SetLanguage sets the language of the terminal's own screen; see terminal.Terminal.
func (d *Driver) SetLanguage(ctx context.Context, lang string) error {
	code, ok := Languages[strings.ToLower(lang)]
	if !ok {
		return fmt.Errorf("cannot set the language %q: %w", lang, terminal.ErrUnsupported)
	}
	if err := d.acquire(ctx); err != nil {
		return fmt.Errorf("cannot set the language: %w", err)
	}
	defer d.release()
	err := d.connect(ctx)
	if err == nil {
		err = d.simple(ctx, AppendLanguage(nil, code))
	}
	if err != nil {
		return fmt.Errorf("cannot set the language: %w", err)
	}
	return nil
}

// simple runs a command that ends well or not, and says nothing else.
func (d *Driver) simple(ctx context.Context, cmd []byte) error {
	end, err := d.run(ctx, cmd, nil)
	var no refusal
	switch {
	case errors.As(err, &no) && no.code == codeUnsupported:
		return fmt.Errorf("%w: %w", terminal.ErrUnsupported, err)
	case errors.As(err, &no):
		if fault := StatusFault(no.code); fault != nil {
			return fmt.Errorf("%w: %w", fault, err)
		}
		return err
	case err != nil:
		return err
	}
	if s, _ := ParseStatusInfo(end.Data()); s.Has.Contains(HasResult) && s.Result != 0 {
		return refusal{APDU(cmd).Command(), s.Result}
	}
	return nil
}
